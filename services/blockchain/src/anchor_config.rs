use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};
use xlcfi_service::StartError;

use crate::anchor::{Finality, Pace};
use crate::anchor_tx::Account;
use crate::chain::Key;

/// What the service needs to anchor; without chains it does not.
#[derive(Debug, Clone, Deserialize)]
pub struct Anchoring {
    /// The chains, as a JSON list.
    #[serde(default, deserialize_with = "chains")]
    pub chains: Vec<ChainConfig>,
    /// The account's private key, in hexadecimal.
    #[serde(default)]
    pub anchor_key: Option<SecretString>,
    /// A file that holds it, and wins.
    #[serde(default)]
    pub anchor_key_file: Option<PathBuf>,
    /// After how many new entries a checkpoint is anchored ...
    #[serde(default = "thousand")]
    pub anchor_entries: u64,
    /// ... or after how many seconds, when there are fewer.
    #[serde(default = "ten_minutes", deserialize_with = "seconds")]
    pub anchor_seconds: Duration,
    /// After how many seconds in no block the fee is raised.
    #[serde(default = "two_minutes", deserialize_with = "seconds")]
    pub anchor_raise_seconds: Duration,
    /// How often a chain is looked at while an anchor is under way, in seconds.
    #[serde(default = "four_seconds", deserialize_with = "seconds")]
    pub anchor_look_seconds: Duration,
}

/// One chain.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// What it is called here.
    pub name: String,
    /// Its number, as EIP-155 has it. A node of another chain is not used.
    pub chain_id: u64,
    /// A node that speaks JSON-RPC over http or https.
    #[serde(deserialize_with = "url")]
    pub rpc_url: reqwest::Url,
    /// The contract; where it is missing `deploy` must be set.
    #[serde(default, deserialize_with = "account")]
    pub contract: Option<Account>,
    /// Make the contract, and begin anew when the chain does: for development.
    #[serde(default)]
    pub deploy: bool,
    /// What a gas may cost at most, in gwei.
    #[serde(default = "hundred")]
    pub fee_ceiling_gwei: u64,
    /// How the chain says that a block stays.
    #[serde(default = "tags")]
    pub finality: Finality,
}

impl ChainConfig {
    /// What a gas may cost at most, in wei.
    pub fn fee_ceiling(&self) -> u64 {
        self.fee_ceiling_gwei.saturating_mul(1_000_000_000)
    }
}

impl fmt::Debug for ChainConfig {
    // The URL of a node may hold a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainConfig({}, {})", self.name, self.chain_id)
    }
}

impl Default for Anchoring {
    fn default() -> Self {
        Self {
            chains: Vec::new(),
            anchor_key: None,
            anchor_key_file: None,
            anchor_entries: thousand(),
            anchor_seconds: ten_minutes(),
            anchor_raise_seconds: two_minutes(),
            anchor_look_seconds: four_seconds(),
        }
    }
}

impl Anchoring {
    /// When a checkpoint is due.
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            entries: self.anchor_entries,
            time: self.anchor_seconds.try_into().unwrap_or(time::Duration::MAX),
        }
    }

    /// Reads the key, and refuses settings that make no sense. `None` when there is no
    /// chain, so that none is needed.
    pub(crate) fn key(&self) -> Result<Option<Key>, StartError> {
        let bad =
            |name: &str, why: &str| StartError::BadSetting(format!("BLOCKCHAIN_{name}"), why.to_owned());
        for (place, chain) in self.chains.iter().enumerate() {
            let why = match chain {
                ChainConfig { name, .. } if name.is_empty() || name.len() > 40 => {
                    "a name has 1 to 40 letters"
                }
                ChainConfig { name, .. } if self.chains[..place].iter().any(|other| other.name == *name) => {
                    "two chains have one name"
                }
                ChainConfig { rpc_url, .. } if !matches!(rpc_url.scheme(), "http" | "https") => {
                    "an rpc_url begins with http:// or https://"
                }
                ChainConfig { contract, deploy, .. } if contract.is_some() == *deploy => {
                    "a chain has either a contract or \"deploy\": true"
                }
                ChainConfig {
                    fee_ceiling_gwei: 0, ..
                } => "a fee_ceiling_gwei is above zero",
                _ => continue,
            };
            return Err(bad("CHAINS", why));
        }
        if self.anchor_entries == 0 || self.anchor_look_seconds.is_zero() {
            return Err(bad(
                "ANCHOR_ENTRIES, BLOCKCHAIN_ANCHOR_LOOK_SECONDS",
                "they are above zero",
            ));
        }
        if self.chains.is_empty() {
            return Ok(None);
        }
        let (name, text) = match (&self.anchor_key, &self.anchor_key_file) {
            (_, Some(file)) => {
                let read = std::fs::read_to_string(file);
                let read = read.map_err(|error| bad("ANCHOR_KEY_FILE", &error.to_string()))?;
                ("ANCHOR_KEY_FILE", read)
            }
            (Some(key), None) => ("ANCHOR_KEY", key.expose_secret().to_owned()),
            (None, None) => {
                let why = "chains need either this or BLOCKCHAIN_ANCHOR_KEY_FILE";
                return Err(bad("ANCHOR_KEY", why));
            }
        };
        let key =
            Key::parse(&text).ok_or_else(|| bad(name, "it is no private key of 32 bytes in hexadecimal"))?;
        Ok(Some(key))
    }
}

fn thousand() -> u64 {
    1_000
}

fn hundred() -> u64 {
    100
}

fn tags() -> Finality {
    Finality::Tags
}

fn ten_minutes() -> Duration {
    Duration::from_secs(600)
}

fn two_minutes() -> Duration {
    Duration::from_secs(120)
}

fn four_seconds() -> Duration {
    Duration::from_secs(4)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| de::Error::custom("not a number of seconds"))
}

fn chains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ChainConfig>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    // Told by its place only: the text may hold a key of a node.
    serde_json::from_str(&text).map_err(|error| {
        de::Error::custom(format!(
            "BLOCKCHAIN_CHAINS is not a JSON list of chains: line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<reqwest::Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    reqwest::Url::parse(&text).map_err(|_| de::Error::custom("an rpc_url is a URL"))
}

fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Account>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(&text)).ok();
    let account = bytes.and_then(|bytes| bytes.try_into().ok());
    account
        .map(Some)
        .ok_or_else(|| de::Error::custom("an address is 0x and 40 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    fn read(chains: &str) -> Result<Anchoring, serde_json::Error> {
        serde_json::from_value(serde_json::json!({ "chains": chains, "anchor_key": KEY }))
    }

    const CHAIN: &str = r#"[{"name": "dev", "chain_id": 31337, "rpc_url": "https://node.example/v3/apikey", "deploy": true}]"#;

    #[test]
    fn chains_are_read_and_what_is_left_out_has_a_usual_value() {
        let read = read(CHAIN).expect("it is right");
        assert!(read.key().expect("it is right").is_some());
        let chain = &read.chains[0];
        assert_eq!(
            (chain.finality, chain.fee_ceiling()),
            (Finality::Tags, 100_000_000_000)
        );
        assert!(Anchoring::default().key().expect("nothing is wrong").is_none());
    }

    #[test]
    fn neither_the_key_nor_the_url_of_a_node_is_shown() {
        let read = read(CHAIN).expect("it is right");
        let shown = format!("{read:?} {:?}", read.key());
        assert!(
            !shown.contains(&KEY[2..20]) && !shown.contains("apikey"),
            "{shown}"
        );
        let broken = serde_json::from_value::<Anchoring>(serde_json::json!({ "chains": &CHAIN[..60] }));
        assert!(!broken.expect_err("it is cut off").to_string().contains("apikey"));
        let wrong = Anchoring {
            anchor_key: Some(KEY[..50].into()),
            ..read
        };
        let refused = wrong.key().expect_err("it is too short").to_string();
        assert!(!refused.contains(&KEY[2..20]), "{refused}");
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        for (find, put) in [
            ("\"deploy\": true", "\"deploy\": false"),
            ("https:", "ftp:"),
            ("\"dev\"", "\"\""),
            ("\"deploy\": true", "\"deploy\": true, \"fee_ceiling_gwei\": 0"),
        ] {
            let refused = read(&CHAIN.replace(find, put)).expect("it can be read").key();
            let refused = refused.expect_err(put).to_string();
            assert!(refused.starts_with("BLOCKCHAIN_CHAINS"), "{refused}");
        }
        let file = Anchoring {
            anchor_key_file: Some("/nowhere".into()),
            ..read(CHAIN).expect("it is right")
        };
        let refused = file.key().expect_err("there is no such file").to_string();
        assert!(refused.starts_with("BLOCKCHAIN_ANCHOR_KEY_FILE"), "{refused}");
        let none = Anchoring {
            anchor_key: None,
            anchor_key_file: None,
            ..file
        };
        assert!(none.key().is_err());
    }
}
