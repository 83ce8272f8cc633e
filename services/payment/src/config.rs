use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};
use xlcfi_service::StartError;

use crate::Limits;
use crate::pg::Provider;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Where Toss Payments is.
    #[serde(default = "sandbox")]
    pub toss_url: String,
    /// The shop's key there.
    #[serde(default = "toss_sandbox_key")]
    pub toss_secret_key: SecretString,
    /// Where Stripe is.
    #[serde(default = "sandbox")]
    pub stripe_url: String,
    /// The shop's key there.
    #[serde(default = "stripe_sandbox_key")]
    pub stripe_secret_key: SecretString,
    /// What Stripe signs its webhooks with.
    #[serde(default = "stripe_sandbox_webhook")]
    pub stripe_webhook_secret: SecretString,
    /// PGs new payments are made at, in the order they are tried.
    #[serde(default = "both", deserialize_with = "providers")]
    pub providers: Vec<Provider>,
    /// Refunds above so many won wait for somebody's decision; none waits without it.
    pub refund_limit: Option<i64>,
    /// From which hour in Korea on the day before is compared with the books of the PGs.
    #[serde(default = "five")]
    pub reconcile_at: u8,
    /// Who sells to business buyers, as statements show it.
    #[serde(default = "platform")]
    pub supplier_name: String,
    /// Its business registration number.
    #[serde(default)]
    pub supplier_registration_number: String,
    /// Its representative.
    #[serde(default)]
    pub supplier_representative: String,
    /// Where it is.
    #[serde(default)]
    pub supplier_address: String,
    /// Longest a PG may take for one call, in seconds.
    #[serde(default = "ten_seconds", deserialize_with = "seconds")]
    pub pg_timeout: Duration,
    /// How the PGs are called otherwise; not a setting.
    #[serde(skip)]
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            toss_url: sandbox(),
            toss_secret_key: toss_sandbox_key(),
            stripe_url: sandbox(),
            stripe_secret_key: stripe_sandbox_key(),
            stripe_webhook_secret: stripe_sandbox_webhook(),
            providers: both(),
            refund_limit: None,
            reconcile_at: five(),
            supplier_name: platform(),
            supplier_registration_number: String::new(),
            supplier_representative: String::new(),
            supplier_address: String::new(),
            pg_timeout: ten_seconds(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// Refuses settings that would show a live key to the network.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let bad = |name: &str, why: &str| Err(StartError::BadSetting(name.to_owned(), why.to_owned()));
        for (name, url, key) in [
            ("TOSS", &self.toss_url, &self.toss_secret_key),
            ("STRIPE", &self.stripe_url, &self.stripe_secret_key),
        ] {
            let (url_name, key_name) = (
                format!("PAYMENT_{name}_URL"),
                format!("PAYMENT_{name}_SECRET_KEY"),
            );
            let Ok(url) = reqwest::Url::parse(url) else {
                return bad(&url_name, "it is not a URL");
            };
            if !matches!(url.scheme(), "http" | "https") {
                return bad(&url_name, "it begins with neither http:// nor https://");
            }
            if key.expose_secret().is_empty() {
                return bad(&key_name, "it is empty");
            }
            if !is_test(key) && url.scheme() != "https" {
                return bad(
                    &key_name,
                    &format!("a live key goes to an https:// {url_name} only"),
                );
            }
        }
        if self.stripe_webhook_secret.expose_secret().is_empty() {
            return bad("PAYMENT_STRIPE_WEBHOOK_SECRET", "it is empty");
        }
        if self.providers.is_empty() {
            return bad("PAYMENT_PROVIDERS", "it names none; name toss, stripe or both");
        }
        if self.reconcile_at > 23 {
            return bad("PAYMENT_RECONCILE_AT", "it is no hour; there are 0 to 23");
        }
        if self.pg_timeout.is_zero() {
            return bad("PAYMENT_PG_TIMEOUT", "it must be above zero");
        }
        Ok(())
    }
}

/// Whether no money moves under a key of a PG.
pub(crate) fn is_test(key: &SecretString) -> bool {
    ["test_", "sk_test_", "rk_test_"]
        .iter()
        .any(|test| key.expose_secret().starts_with(test))
}

fn sandbox() -> String {
    "http://127.0.0.1:8090".into()
}

fn toss_sandbox_key() -> SecretString {
    SecretString::from("test_sk_sandbox")
}

fn stripe_sandbox_key() -> SecretString {
    SecretString::from("sk_test_sandbox")
}

fn stripe_sandbox_webhook() -> SecretString {
    SecretString::from("whsec_sandbox")
}

fn platform() -> String {
    "XLCfi".into()
}

fn both() -> Vec<Provider> {
    vec![Provider::Toss, Provider::Stripe]
}

fn providers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Provider>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            name.parse()
                .map_err(|_| de::Error::custom(format!("{name} is no PG; there are toss and stripe")))
        })
        .collect()
}

fn five() -> u8 {
    5
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| de::Error::custom("not a number of seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, key: &str) -> Config {
        Config {
            toss_url: url.into(),
            toss_secret_key: SecretString::from(key),
            ..Config::default()
        }
    }

    #[test]
    fn a_live_key_goes_to_https_only() {
        assert!(config("http://127.0.0.1:8090", "live_sk_x").check().is_err());
        assert!(
            config("https://api.tosspayments.com", "live_sk_x")
                .check()
                .is_ok()
        );
        assert!(config("http://127.0.0.1:8090", "test_sk_x").check().is_ok());
        let stripe = |key: &str| Config {
            stripe_secret_key: SecretString::from(key),
            ..Config::default()
        };
        assert!(stripe("sk_live_x").check().is_err());
        assert!(stripe("rk_test_x").check().is_ok());
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        for (config, name) in [
            (config("127.0.0.1", "test_x"), "PAYMENT_TOSS_URL"),
            (config("ftp://pg", "test_x"), "PAYMENT_TOSS_URL"),
            (config("http://pg", ""), "PAYMENT_TOSS_SECRET_KEY"),
            (
                Config {
                    pg_timeout: Duration::ZERO,
                    ..Config::default()
                },
                "PAYMENT_PG_TIMEOUT",
            ),
            (
                Config {
                    providers: Vec::new(),
                    ..Config::default()
                },
                "PAYMENT_PROVIDERS",
            ),
            (
                Config {
                    reconcile_at: 24,
                    ..Config::default()
                },
                "PAYMENT_RECONCILE_AT",
            ),
        ] {
            let error = config.check().expect_err("it makes no sense").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        let shown = format!("{:?}", config("http://pg", "test_very_secret"));
        assert!(!shown.contains("very_secret"), "{shown}");
    }
}
