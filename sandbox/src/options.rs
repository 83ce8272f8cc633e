//! How a sandbox is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The secret key the Toss API accepts. The default begins with `test_`, as the test header demands.
    pub toss_secret_key: String,
    /// The secret key the Stripe API accepts.
    pub stripe_secret_key: String,
    /// What Stripe webhooks are signed with.
    pub stripe_webhook_secret: String,
    /// The key the tax office's portal accepts, as it is before it is encoded for a URL.
    pub nts_service_key: String,
    /// The key the food safety authority accepts.
    pub mfds_key: String,
    /// The key the portal accepts for certificates of HACCP, as it is before it is encoded for a URL.
    pub haccp_service_key: String,
    /// Key and id the food price service (KAMIS) accepts.
    pub kamis_cert_key: String,
    /// See `kamis_cert_key`.
    pub kamis_cert_id: String,
    /// Where webhooks of Toss go: every URL gets every event. May be changed later by `PUT /sandbox/webhooks`.
    pub webhook_urls: Vec<String>,
    /// Where webhooks of Stripe go, likewise.
    pub stripe_webhook_urls: Vec<String>,
    /// A file (with an extension) or folder that keeps the state over a restart; without it the state is lost.
    pub data: Option<PathBuf>,
    /// The address written into receipts and the like; `http://` and the listener's address when absent.
    pub public_url: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            toss_secret_key: "test_sk_sandbox".to_owned(),
            stripe_secret_key: "sk_test_sandbox".to_owned(),
            stripe_webhook_secret: "whsec_sandbox".to_owned(),
            nts_service_key: "sandbox-nts+/key==".to_owned(),
            mfds_key: "sandbox-mfds-key".to_owned(),
            haccp_service_key: "sandbox-haccp+/key==".to_owned(),
            kamis_cert_key: "sandbox-kamis-key".to_owned(),
            kamis_cert_id: "sandbox".to_owned(),
            webhook_urls: Vec::new(),
            stripe_webhook_urls: Vec::new(),
            data: None,
            public_url: None,
        }
    }
}

impl Options {
    /// Reads `SANDBOX_TOSS_SECRET_KEY`, `SANDBOX_STRIPE_SECRET_KEY`, `SANDBOX_STRIPE_WEBHOOK_SECRET`,
    /// `SANDBOX_NTS_SERVICE_KEY`, `SANDBOX_MFDS_KEY`, `SANDBOX_HACCP_SERVICE_KEY`, `SANDBOX_KAMIS_CERT_KEY`,
    /// `SANDBOX_KAMIS_CERT_ID`, `SANDBOX_WEBHOOK_URL` and `SANDBOX_STRIPE_WEBHOOK_URL` (several joined by commas), `SANDBOX_DATA` and `SANDBOX_PUBLIC_URL`; an empty value
    /// counts as absent.
    pub fn from_env() -> Options {
        let usual = Options::default();
        Options {
            toss_secret_key: variable("SANDBOX_TOSS_SECRET_KEY").unwrap_or(usual.toss_secret_key),
            stripe_secret_key: variable("SANDBOX_STRIPE_SECRET_KEY").unwrap_or(usual.stripe_secret_key),
            stripe_webhook_secret: variable("SANDBOX_STRIPE_WEBHOOK_SECRET")
                .unwrap_or(usual.stripe_webhook_secret),
            nts_service_key: variable("SANDBOX_NTS_SERVICE_KEY").unwrap_or(usual.nts_service_key),
            mfds_key: variable("SANDBOX_MFDS_KEY").unwrap_or(usual.mfds_key),
            haccp_service_key: variable("SANDBOX_HACCP_SERVICE_KEY").unwrap_or(usual.haccp_service_key),
            kamis_cert_key: variable("SANDBOX_KAMIS_CERT_KEY").unwrap_or(usual.kamis_cert_key),
            kamis_cert_id: variable("SANDBOX_KAMIS_CERT_ID").unwrap_or(usual.kamis_cert_id),
            webhook_urls: urls("SANDBOX_WEBHOOK_URL"),
            stripe_webhook_urls: urls("SANDBOX_STRIPE_WEBHOOK_URL"),
            data: variable("SANDBOX_DATA").map(PathBuf::from),
            public_url: variable("SANDBOX_PUBLIC_URL"),
        }
    }
}

/// Where the binary listens: `SANDBOX_HOST` (127.0.0.1) and `SANDBOX_PORT` (8090).
///
/// # Errors
/// When either is not what its name says.
pub fn address_from_env() -> anyhow::Result<SocketAddr> {
    let host = match variable("SANDBOX_HOST") {
        Some(host) => host
            .parse()
            .with_context(|| format!("SANDBOX_HOST={host} is not an IP address"))?,
        None => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let port = match variable("SANDBOX_PORT") {
        Some(port) => port
            .parse()
            .with_context(|| format!("SANDBOX_PORT={port} is not a port"))?,
        None => 8090,
    };
    Ok(SocketAddr::new(host, port))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn urls(name: &str) -> Vec<String> {
    variable(name)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .map(str::to_owned)
        .collect()
}
