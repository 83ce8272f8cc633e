use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use xlcfi_service::StartError;

use crate::Limits;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Where the PG is.
    #[serde(default = "sandbox")]
    pub toss_url: String,
    /// The shop's key at the PG.
    #[serde(default)]
    pub toss_secret_key: SecretKey,
    /// Longest the PG may take for one call, in seconds.
    #[serde(default = "ten_seconds", deserialize_with = "seconds")]
    pub pg_timeout: Duration,
    /// How the PG is called otherwise; not a setting.
    #[serde(skip)]
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            toss_url: sandbox(),
            toss_secret_key: SecretKey::default(),
            pg_timeout: ten_seconds(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// Refuses settings that would show a live key to the network.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let bad = |name: &str, why: &str| Err(StartError::BadSetting(name.to_owned(), why.to_owned()));
        let Ok(url) = reqwest::Url::parse(&self.toss_url) else {
            return bad("PAYMENT_TOSS_URL", "it is not a URL");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return bad("PAYMENT_TOSS_URL", "it begins with neither http:// nor https://");
        }
        if self.toss_secret_key.0.is_empty() {
            return bad("PAYMENT_TOSS_SECRET_KEY", "it is empty");
        }
        if !self.toss_secret_key.is_test() && url.scheme() != "https" {
            return bad(
                "PAYMENT_TOSS_SECRET_KEY",
                "a live key goes to an https:// PAYMENT_TOSS_URL only",
            );
        }
        if self.pg_timeout.is_zero() {
            return bad("PAYMENT_PG_TIMEOUT", "it must be above zero");
        }
        Ok(())
    }
}

/// A key at the PG, kept out of logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretKey(String);

impl SecretKey {
    /// The key of this text.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Whether no money moves under it.
    pub(crate) fn is_test(&self) -> bool {
        self.0.starts_with("test_")
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl Default for SecretKey {
    fn default() -> Self {
        Self::new("test_sk_sandbox")
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

fn sandbox() -> String {
    "http://127.0.0.1:8090".into()
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
            toss_secret_key: SecretKey::new(key),
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
