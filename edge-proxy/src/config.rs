use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use xlcfi_identity::Seed;
use xlcfi_service::{StartError, peer_urls};

use crate::SERVICE;
use crate::cors::Origins;
use crate::limits::Networks;

/// What the environment says to the edge.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// Redis or Valkey for shared rate limits; without it each edge counts alone.
    pub redis_url: Option<String>,
    /// The edge's own identity.
    pub seed: Seed,
    /// URLs of services, by name, where they differ from the usual.
    pub peers: HashMap<String, String>,
    /// Requests a minute for a user, or an address without one.
    pub rate_limit: u32,
    /// Requests a minute to password and token endpoints for an address.
    pub credential_rate_limit: u32,
    /// Requests a minute by which an address tells what it knows, such as webhooks.
    pub notice_rate_limit: u32,
    /// Web origins that may call.
    pub cors_origins: Origins,
    /// Networks of the proxies in front, whose `X-Forwarded-For` counts.
    pub trusted_proxies: Networks,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// A file of routes to other people's services.
    pub routes: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default = "loopback")]
    host: String,
    port: Option<u16>,
    redis_url: Option<String>,
    identity_seed: Option<String>,
    #[serde(default = "hundred")]
    rate_limit: u32,
    #[serde(default = "twenty")]
    credential_rate_limit: u32,
    #[serde(default = "six_thousand")]
    notice_rate_limit: u32,
    #[serde(default = "origins")]
    cors_origins: String,
    #[serde(default)]
    trusted_proxies: String,
    #[serde(default = "fifteen")]
    body_timeout: f64,
    routes: Option<PathBuf>,
}

fn loopback() -> String {
    "127.0.0.1".into()
}

fn hundred() -> u32 {
    100
}

fn twenty() -> u32 {
    20
}

fn six_thousand() -> u32 {
    6_000
}

fn fifteen() -> f64 {
    15.0
}

fn origins() -> String {
    "https://xlcfi.com,https://admin.xlcfi.com".into()
}

impl EdgeSettings {
    /// Settings for an edge of this identity at its usual port, all else as by default.
    pub fn new(seed: Seed) -> Self {
        Self {
            host: loopback(),
            port: SERVICE.port,
            redis_url: None,
            seed,
            peers: HashMap::new(),
            rate_limit: hundred(),
            credential_rate_limit: twenty(),
            notice_rate_limit: six_thousand(),
            cors_origins: origins().parse().expect("the default is well-formed"),
            trusted_proxies: Networks::default(),
            body_timeout: Duration::from_secs_f64(fifteen()),
            routes: None,
        }
    }

    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    pub fn from_env() -> Result<Self, StartError> {
        let raw: Raw = SERVICE.read()?;
        let name = format!("{}IDENTITY_SEED", SERVICE.prefix());
        let Some(seed) = &raw.identity_seed else {
            return Err(StartError::MissingSetting(name));
        };
        let seed = seed
            .parse()
            .map_err(|error| StartError::BadSetting(name, format!("{error}")))?;
        Self::read(raw, seed)
    }

    /// Reads the environment for an edge whose identity a launcher gives.
    ///
    /// # Errors
    /// A variable that makes no sense, by name.
    pub fn from_env_with(seed: Seed) -> Result<Self, StartError> {
        Self::read(SERVICE.read()?, seed)
    }

    fn read(raw: Raw, seed: Seed) -> Result<Self, StartError> {
        let bad =
            |name: &str, error: String| StartError::BadSetting(format!("{}{name}", SERVICE.prefix()), error);
        if [raw.rate_limit, raw.credential_rate_limit, raw.notice_rate_limit].contains(&0) {
            return Err(bad("RATE_LIMIT", "a limit must be at least 1".into()));
        }
        Ok(Self {
            host: raw.host,
            port: raw.port.unwrap_or(SERVICE.port),
            redis_url: raw.redis_url,
            seed,
            peers: peer_urls(),
            rate_limit: raw.rate_limit,
            credential_rate_limit: raw.credential_rate_limit,
            notice_rate_limit: raw.notice_rate_limit,
            cors_origins: raw
                .cors_origins
                .parse()
                .map_err(|error| bad("CORS_ORIGINS", error))?,
            trusted_proxies: raw
                .trusted_proxies
                .parse()
                .map_err(|error| bad("TRUSTED_PROXIES", error))?,
            body_timeout: Duration::try_from_secs_f64(raw.body_timeout)
                .map_err(|error| bad("BODY_TIMEOUT", error.to_string()))?,
            routes: raw.routes,
        })
    }
}
