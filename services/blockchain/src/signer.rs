//! The key that checkpoints are signed with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret as _;
use xlcfi_service::StartError;
use xlcfi_tlog::{Signer, VerifierKey};

use crate::config::Config;

/// The signer the settings name; `None` when they name no key.
pub fn of(config: &Config) -> Result<Option<Signer>, StartError> {
    let (name, text) = match &config.log_key_file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            let text = read.map_err(|error| bad("BLOCKCHAIN_LOG_KEY_FILE", &error.to_string()))?;
            ("BLOCKCHAIN_LOG_KEY_FILE", text)
        }
        None => ("BLOCKCHAIN_LOG_KEY", config.log_key.expose_secret().to_owned()),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let seed = URL_SAFE_NO_PAD.decode(text.trim()).ok();
    let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
    let seed = seed.ok_or_else(|| bad(name, "it is not 32 bytes as base64url"))?;
    let signer = Signer::new(&config.log_origin, &seed);
    let signer = signer.map_err(|error| bad("BLOCKCHAIN_LOG_ORIGIN", &error.to_string()))?;
    Ok(Some(signer))
}

/// The public keys of those that signed before.
pub fn earlier(config: &Config) -> Result<Vec<VerifierKey>, StartError> {
    let keys = config.log_earlier_keys.split(',').map(str::trim);
    let keys = keys.filter(|key| !key.is_empty()).map(str::parse::<VerifierKey>);
    keys.map(|key| key.map_err(|error| bad("BLOCKCHAIN_LOG_EARLIER_KEYS", &error.to_string())))
        .collect()
}

fn bad(name: &str, why: &str) -> StartError {
    StartError::BadSetting(name.to_owned(), why.to_owned())
}
