use std::collections::HashMap;

use figment::Figment;
use figment::providers::{Env, Serialized};
use figment::value::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use xlcfi_identity::{Keyring, Seed};

use crate::StartError;

/// A service's name and usual port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Its one noun, for example `order`.
    pub name: &'static str,
    /// Port on a one-machine run.
    pub port: u16,
}

impl Service {
    /// The service of this name and usual port.
    pub const fn new(name: &'static str, port: u16) -> Self {
        Self { name, port }
    }

    /// Prefix of its own variables, for example `ORDER_`.
    pub fn prefix(&self) -> String {
        format!("{}_", self.name.to_uppercase())
    }

    /// Reads settings of its own kind from the environment: each field of `T`
    /// from `<SERVICE>_<FIELD>`, else from `<FIELD>`.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, StartError> {
        own(self, &HashMap::new())
    }
}

/// URLs of services that the environment gives as `<SERVICE>_URL`, by name.
pub fn peer_urls() -> HashMap<String, String> {
    let given = |name: &str| std::env::var(format!("{}_URL", name.to_uppercase())).ok();
    PORTS
        .iter()
        .filter_map(|(name, _)| Some(((*name).to_owned(), given(name)?)))
        .collect()
}

/// The usual port of each service, by name.
pub(crate) const PORTS: [(&str, u16); 14] = [
    ("edge", 8080),
    ("auth", 8081),
    ("member", 8082),
    ("product", 8083),
    ("order", 8084),
    ("payment", 8085),
    ("blockchain", 8086),
    ("review", 8087),
    ("admin", 8088),
    ("ai", 9001),
    ("market", 9002),
    ("image", 9003),
    ("recommendation", 9004),
    ("etl", 9005),
];

/// What the environment says to one service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// PostgreSQL server, with credentials.
    pub database_url: String,
    /// Name of the service's own database there.
    pub database_name: String,
    /// Most connections to it.
    pub database_connections: u32,
    /// NATS server.
    pub nats_url: String,
    /// Set before every stream and subject, so that several meshes can share a server.
    pub nats_prefix: String,
    /// Redis or Valkey server.
    pub redis_url: String,
    /// The service's own identity.
    pub seed: Seed,
    /// Everybody's public keys.
    pub keyring: Keyring,
    /// URLs of other services, by name, where they differ from the usual.
    pub peers: HashMap<String, String>,
    /// Also take calls straight from developers.
    pub direct: bool,
    /// The service's own settings by field, where the environment does not say
    /// otherwise.
    pub defaults: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default = "loopback")]
    host: String,
    port: Option<u16>,
    database_url: Option<String>,
    database_name: Option<String>,
    #[serde(default = "ten")]
    database_connections: u32,
    nats_url: Option<String>,
    #[serde(default)]
    nats_prefix: String,
    redis_url: Option<String>,
    identity_seed: Option<String>,
    #[serde(default)]
    mesh_identity_keys: String,
    #[serde(default)]
    mesh_direct: bool,
}

fn loopback() -> String {
    "127.0.0.1".into()
}

fn database_name(service: Service) -> String {
    format!("xlcfi_{}", service.name)
}

fn ten() -> u32 {
    10
}

impl Settings {
    /// What a service on one machine has when nobody says otherwise: no servers
    /// yet, a new identity nobody knows, its usual port.
    pub fn local(service: Service) -> Self {
        Self {
            host: loopback(),
            port: service.port,
            database_url: String::new(),
            database_name: database_name(service),
            database_connections: ten(),
            nats_url: String::new(),
            nats_prefix: String::new(),
            redis_url: String::new(),
            seed: Seed::generate(),
            keyring: Keyring::new(),
            peers: HashMap::new(),
            direct: false,
            defaults: HashMap::new(),
        }
    }

    /// Reads the environment for `service`.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    pub fn from_env(service: Service) -> Result<Self, StartError> {
        let raw: Raw = own(service, &HashMap::new())?;
        let needed = |value: Option<String>, name: String| value.ok_or(StartError::MissingSetting(name));
        let plain = |name: &str| name.to_owned();
        let seed_name = format!("{}IDENTITY_SEED", service.prefix());
        let seed = needed(raw.identity_seed, seed_name.clone())?;
        Ok(Self {
            host: raw.host,
            port: raw.port.unwrap_or(service.port),
            database_url: needed(raw.database_url, plain("DATABASE_URL"))?,
            database_name: raw
                .database_name
                .unwrap_or_else(|| format!("xlcfi_{}", service.name)),
            database_connections: raw.database_connections,
            nats_url: needed(raw.nats_url, plain("NATS_URL"))?,
            nats_prefix: raw.nats_prefix,
            redis_url: needed(raw.redis_url, plain("REDIS_URL"))?,
            seed: seed
                .parse()
                .map_err(|error| StartError::BadSetting(seed_name, format!("{error}")))?,
            keyring: raw
                .mesh_identity_keys
                .parse()
                .map_err(|error| StartError::BadSetting(plain("MESH_IDENTITY_KEYS"), format!("{error}")))?,
            peers: peer_urls(),
            direct: raw.mesh_direct,
            defaults: HashMap::new(),
        })
    }
}

/// Reads a service's own settings: each field from `<SERVICE>_<FIELD>`, else
/// from `<FIELD>`, else from `defaults`.
///
/// # Errors
/// A variable that makes no sense.
pub(crate) fn own<T: DeserializeOwned>(
    service: Service,
    defaults: &HashMap<String, String>,
) -> Result<T, StartError> {
    // As the environment is read: `600` is a number, `true` a truth.
    let typed = |(name, text): (&String, &String)| Some((name.clone(), text.parse::<Value>().ok()?));
    let defaults: HashMap<String, Value> = defaults.iter().filter_map(typed).collect();
    Figment::from(Serialized::defaults(defaults))
        .merge(Env::raw())
        .merge(Env::prefixed(&service.prefix()))
        .extract()
        .map_err(|error| StartError::BadSetting(service.prefix() + "*", error.to_string()))
}
