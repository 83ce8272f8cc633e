use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use xlcfi_service::StartError;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Ed25519 seed that checkpoints are signed with, 32 bytes as base64url.
    #[serde(default)]
    pub log_key: SecretString,
    /// File that holds it instead.
    #[serde(default)]
    pub log_key_file: Option<PathBuf>,
    /// Public keys that checkpoints were signed with before, as C2SP signed-note writes
    /// them, with commas between.
    #[serde(default)]
    pub log_earlier_keys: String,
    /// The log's name, which its key has, too.
    #[serde(default = "origin")]
    pub log_origin: String,
    /// Entries after which a checkpoint is signed.
    #[serde(default = "a_thousand")]
    pub log_checkpoint_entries: u64,
    /// Seconds after which one is signed, when anything was entered.
    #[serde(default = "ten")]
    pub log_checkpoint_seconds: u32,
    /// Entries given their places in one transaction, at most.
    #[serde(default = "two_thousand")]
    pub log_batch: u32,
    /// Milliseconds between looks for entries that wait.
    #[serde(default = "a_fifth")]
    pub log_poll_millis: u64,
    /// Where buyers find this, for the links in QR codes.
    #[serde(default = "here")]
    pub public_url: String,
    /// Minutes a lot may be too warm or too cold before its seller is told.
    #[serde(default = "thirty")]
    pub excursion_minutes: u32,
}

impl Config {
    /// Refuses settings that make no sense.
    pub fn check(&self) -> Result<(), StartError> {
        let bad = |name: &str, why: &str| Err(StartError::BadSetting(name.to_owned(), why.to_owned()));
        if !self.log_key.expose_secret().is_empty() && self.log_key_file.is_some() {
            return bad("BLOCKCHAIN_LOG_KEY", "it is set beside BLOCKCHAIN_LOG_KEY_FILE");
        }
        if self.log_checkpoint_entries == 0 {
            return bad("BLOCKCHAIN_LOG_CHECKPOINT_ENTRIES", "it must be above zero");
        }
        if self.log_checkpoint_seconds == 0 {
            return bad("BLOCKCHAIN_LOG_CHECKPOINT_SECONDS", "it must be above zero");
        }
        if !(1..=20_000).contains(&self.log_batch) {
            return bad("BLOCKCHAIN_LOG_BATCH", "it must be 1 to 20000");
        }
        if self.log_poll_millis == 0 {
            return bad("BLOCKCHAIN_LOG_POLL_MILLIS", "it must be above zero");
        }
        let web = ["http://", "https://"];
        if !web.iter().any(|scheme| self.public_url.starts_with(scheme)) {
            return bad(
                "BLOCKCHAIN_PUBLIC_URL",
                "it begins with neither http:// nor https://",
            );
        }
        Ok(())
    }
}

fn origin() -> String {
    "xlcfi.com/log".into()
}

fn a_thousand() -> u64 {
    1_000
}

fn ten() -> u32 {
    10
}

fn two_thousand() -> u32 {
    2_000
}

fn a_fifth() -> u64 {
    200
}

fn thirty() -> u32 {
    30
}

fn here() -> String {
    "http://127.0.0.1:8080".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config {
            log_key: "secret".into(),
            log_key_file: None,
            log_earlier_keys: String::new(),
            log_origin: origin(),
            log_checkpoint_entries: a_thousand(),
            log_checkpoint_seconds: ten(),
            log_batch: two_thousand(),
            log_poll_millis: a_fifth(),
            public_url: here(),
            excursion_minutes: thirty(),
        };
        change(&mut config);
        config
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        assert!(config(|_| {}).check().is_ok());
        for (config, name) in [
            (
                config(|config| config.log_key_file = Some("key".into())),
                "BLOCKCHAIN_LOG_KEY",
            ),
            (
                config(|config| config.log_checkpoint_entries = 0),
                "BLOCKCHAIN_LOG_CHECKPOINT_ENTRIES",
            ),
            (
                config(|config| config.log_checkpoint_seconds = 0),
                "BLOCKCHAIN_LOG_CHECKPOINT_SECONDS",
            ),
            (config(|config| config.log_batch = 0), "BLOCKCHAIN_LOG_BATCH"),
            (
                config(|config| config.log_poll_millis = 0),
                "BLOCKCHAIN_LOG_POLL_MILLIS",
            ),
            (
                config(|config| config.public_url = "xlcfi.com".into()),
                "BLOCKCHAIN_PUBLIC_URL",
            ),
        ] {
            let error = config.check().expect_err("it makes no sense").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", config(|_| {})).contains("secret"));
    }
}
