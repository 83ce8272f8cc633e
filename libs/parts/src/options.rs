use std::env;
use std::path::{Path, PathBuf};

use crate::Part;

/// What to start, and where. Made by [`Options::persistent`] or [`Options::ephemeral`], then adjusted field by field.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that keeps data, ports, password and logs; made when missing. `None` is a temporary folder that
    /// is removed at the end, with servers that trade durability for speed.
    pub data_dir: Option<PathBuf>,
    /// The folder with `bin/postgres`, `bin/nats-server` and the like; see [`find_tools_dir`].
    pub tools_dir: PathBuf,
    /// Servers that run already and are used in place of children.
    pub given: Given,
    /// Ports to insist on. A part without one keeps its last port when that is free, and takes a free one otherwise.
    pub ports: Ports,
    /// The program that acts as guard of a child: one whose `main` begins with [`crate::guard_main_if_asked`].
    /// `None` is the running program itself.
    pub guard: Option<PathBuf>,
    /// Where root keeps copies of the programs, and the data, when the user whom the parts run as cannot reach
    /// `tools_dir` or `data_dir`: `/var/lib/xlcfi`. An ordinary user has no need of it.
    pub shared_dir: PathBuf,
    /// Also an Ethereum node for development, where anvil is installed; never given.
    pub anvil: bool,
    /// Settings of PostgreSQL beyond the built-in ones, as name and value; they win over those.
    pub postgres_settings: Vec<(String, String)>,
}

impl Options {
    /// Durable parts with their data in `data_dir`; the given servers come from the environment.
    pub fn persistent(data_dir: impl Into<PathBuf>) -> Options {
        Options {
            data_dir: Some(data_dir.into()),
            ..Options::ephemeral()
        }
    }

    /// Fast parts for tests in a temporary folder; the given servers come from the environment.
    pub fn ephemeral() -> Options {
        Options {
            data_dir: None,
            tools_dir: find_tools_dir(),
            given: Given::from_env(),
            ports: Ports::default(),
            guard: None,
            shared_dir: "/var/lib/xlcfi".into(),
            anvil: false,
            postgres_settings: Vec::new(),
        }
    }
}

/// URLs of servers that somebody else runs, each independent of the others.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `postgres://...`
    pub database_url: Option<String>,
    /// `nats://...`, several separated by commas.
    pub nats_url: Option<String>,
    /// `redis://...`
    pub redis_url: Option<String>,
}

impl Given {
    /// `DATABASE_URL`, `NATS_URL` and `REDIS_URL`; an empty one counts as not set.
    pub fn from_env() -> Given {
        let url = |part: Part| {
            env::var(part.url_variable())
                .ok()
                .filter(|url| !url.trim().is_empty())
        };
        Given {
            database_url: url(Part::Postgres),
            nats_url: url(Part::Nats),
            redis_url: url(Part::Valkey),
        }
    }

    pub(crate) fn url(&self, part: Part) -> Option<&str> {
        match part {
            Part::Postgres => self.database_url.as_deref(),
            Part::Nats => self.nats_url.as_deref(),
            Part::Valkey => self.redis_url.as_deref(),
            Part::Anvil => None,
        }
    }
}

/// Ports that parts must have; a busy one is an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// PostgreSQL's port.
    pub postgres: Option<u16>,
    /// The port for NATS clients.
    pub nats: Option<u16>,
    /// Valkey's port.
    pub valkey: Option<u16>,
}

impl Ports {
    pub(crate) fn of(&self, part: Part) -> Option<u16> {
        match part {
            Part::Postgres => self.postgres,
            Part::Nats => self.nats,
            Part::Valkey => self.valkey,
            Part::Anvil => None,
        }
    }
}

/// The folder into which `make tools` installs: `XLCFI_TOOLS_DIR`, or else the nearest `.tools` at or above the
/// current folder, or else at or above the running program. Without any of them, where it would be expected.
pub fn find_tools_dir() -> PathBuf {
    if let Some(dir) = env::var_os("XLCFI_TOOLS_DIR").filter(|dir| !dir.is_empty()) {
        return dir.into();
    }
    let nearest = |from: &Path| {
        from.ancestors()
            .map(|dir| dir.join(".tools"))
            .find(|dir| dir.join("bin").is_dir())
    };
    let current = env::current_dir().unwrap_or_default();
    nearest(&current)
        .or_else(|| env::current_exe().ok().and_then(|exe| nearest(&exe)))
        .unwrap_or_else(|| current.join(".tools"))
}
