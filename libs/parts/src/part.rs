use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the servers that the mesh stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// PostgreSQL: everything that must not be lost.
    Postgres,
    /// NATS with JetStream: events and saga commands.
    Nats,
    /// Valkey, which speaks the Redis protocol: caches and rate limits, nothing durable.
    Valkey,
    /// anvil, an Ethereum node for development: started where it is asked for and installed.
    Anvil,
}

impl Part {
    /// Those the mesh does not run without, in the order in which they are shown.
    pub const ALL: [Part; 3] = [Part::Postgres, Part::Nats, Part::Valkey];

    /// The name used for folders, log files and log fields.
    pub fn name(self) -> &'static str {
        match self {
            Part::Postgres => "postgres",
            Part::Nats => "nats",
            Part::Valkey => "valkey",
            Part::Anvil => "anvil",
        }
    }

    /// The environment variable that names a server to use in place of a child.
    pub fn url_variable(self) -> &'static str {
        match self {
            Part::Postgres => "DATABASE_URL",
            Part::Nats => "NATS_URL",
            Part::Valkey => "REDIS_URL",
            Part::Anvil => "ETHEREUM_URL",
        }
    }

    /// The programs that must be in the folder of tools to start this part.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Part::Postgres => &["initdb", "postgres"],
            Part::Nats => &["nats-server"],
            Part::Valkey => &["valkey-server"],
            Part::Anvil => &["anvil"],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
