//! Identities of the services of this mesh, the secret of its signing keys and the key of
//! its log: made at the first start, kept in the data folder, readable by its owner only.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use xlcfi_identity::{Keyring, Seed};

/// Everybody who calls somebody.
const NAMES: [&str; 14] = [
    "edge",
    "auth",
    "member",
    "product",
    "order",
    "payment",
    "blockchain",
    "review",
    "admin",
    "ai",
    "market",
    "image",
    "recommendation",
    "etl",
];

/// Name under which the file holds what auth derives its signing keys from.
const KEY_SECRET: &str = "auth_key_secret";
/// Name under which the file holds the key that blockchain signs its log with.
const LOG_KEY: &str = "blockchain_log_key";

/// The seed of each service, the secret of auth's signing keys, the key of the log.
pub(crate) struct Identities {
    seeds: BTreeMap<String, Seed>,
    key_secret: String,
    log_key: String,
}

impl Identities {
    /// Reads the identities, or makes them; services that are new get theirs.
    pub(crate) fn load_or_make(data: &Path) -> anyhow::Result<Self> {
        let file = data.join("identities.json");
        let mut texts: BTreeMap<String, String> = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is damaged; remove it and start again", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        let known = texts.len();
        for name in NAMES {
            texts
                .entry(name.to_owned())
                .or_insert_with(|| Seed::generate().encode());
        }
        texts
            .entry(KEY_SECRET.to_owned())
            .or_insert_with(|| format!("key-{}", Seed::generate().encode()));
        texts
            .entry(LOG_KEY.to_owned())
            .or_insert_with(|| Seed::generate().encode());
        if texts.len() > known {
            let write = || -> std::io::Result<()> {
                let mut out = OpenOptions::new()
                    .create(true)
                    .write(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&file)?;
                out.write_all(serde_json::to_string_pretty(&texts)?.as_bytes())
            };
            write().with_context(|| format!("cannot write {}", file.display()))?;
        }
        let key_secret = texts.remove(KEY_SECRET).unwrap_or_default();
        let log_key = texts.remove(LOG_KEY).unwrap_or_default();
        let parse = |(name, text): (String, String)| {
            let seed = text
                .parse()
                .with_context(|| format!("{}: {name} is damaged", file.display()))?;
            Ok((name, seed))
        };
        let seeds = texts.into_iter().map(parse).collect::<anyhow::Result<_>>()?;
        Ok(Self {
            seeds,
            key_secret,
            log_key,
        })
    }

    /// The seed of one service.
    pub(crate) fn seed(&self, name: &str) -> anyhow::Result<&Seed> {
        self.seeds
            .get(name)
            .with_context(|| format!("no identity for {name}"))
    }

    /// Everybody's public keys.
    pub(crate) fn keyring(&self) -> Keyring {
        self.seeds.iter().fold(Keyring::new(), |keyring, (name, seed)| {
            keyring.with(name, seed.public_key())
        })
    }

    /// What auth derives its signing keys from.
    pub(crate) fn key_secret(&self) -> &str {
        &self.key_secret
    }

    /// What blockchain signs its log with.
    pub(crate) fn log_key(&self) -> &str {
        &self.log_key
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Seed)> {
        self.seeds.iter().map(|(name, seed)| (name.as_str(), seed))
    }
}
