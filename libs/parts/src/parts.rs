use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use futures::future::{join_all, try_join_all};

use crate::account::Account;
use crate::data_dir::DataDir;
use crate::supervisor::{PortBusy, Recipe, Supervisor};
use crate::tools::Tools;
use crate::{Options, Part, anvil, given, guard, nats, ports, postgres, valkey};

/// How often another port is tried when one was taken at the last moment.
const ATTEMPTS: u32 = 4;

/// The servers, running. They stop when this value is dropped; [`Parts::stop`] also waits for it.
pub struct Parts {
    urls: BTreeMap<Part, String>,
    supervisors: Vec<Supervisor>,
    data: Option<DataDir>,
}

/// A server that runs as a supervised child.
#[derive(Clone, Debug)]
pub struct Child {
    /// Which one.
    pub part: Part,
    /// Its process id, a new one after each restart.
    pub pid: u32,
    /// Its port at 127.0.0.1, always the same.
    pub port: u16,
    /// How often it was started again because it had ended by itself.
    pub restarts: u32,
    /// The file with what it prints.
    pub log: PathBuf,
}

impl Parts {
    /// Starts every part that is not given, all at the same time, and waits until each answers; makes sure that each
    /// given one answers. An error is one line that says what to do, and leaves nothing running.
    pub async fn start(options: Options) -> Result<Parts> {
        let (given, mut own): (Vec<Part>, Vec<Part>) = Part::ALL
            .iter()
            .partition(|part| options.given.url(**part).is_some());
        if options.anvil && Tools::has(&options, Part::Anvil) {
            own.push(Part::Anvil);
        }
        let mut urls = BTreeMap::new();
        for part in &given {
            urls.extend(options.given.url(*part).map(|url| (*part, url.to_owned())));
        }
        try_join_all(urls.iter().map(|(part, url)| given::check(*part, url))).await?;
        if own.is_empty() {
            return Ok(Parts {
                urls,
                supervisors: Vec::new(),
                data: None,
            });
        }
        if options.guard.is_none() && !guard::will_guard() {
            bail!(
                "main must begin with xlcfi_parts::guard_main_if_asked(), or Options::guard must name a program whose main does"
            );
        }
        let account = Account::for_parts(options.data_dir.as_deref())?;
        let tools = Tools::find(&options, &own, account)?;
        let data = DataDir::make(&options, account)?;
        let last = data.last_ports();
        let started = join_all(
            own.iter()
                .map(|part| start_one(*part, &data, &tools, &options, last.get(part).copied())),
        )
        .await;
        let (mut supervisors, mut failed) = (Vec::<Supervisor>::new(), None);
        for (part, started) in own.iter().zip(started) {
            match started {
                Ok(supervisor) => supervisors.push(supervisor),
                Err(error) if *part == Part::Anvil => {
                    tracing::warn!(%part, error = format!("{error:#}"), "part.left_out");
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        own.retain(|part| supervisors.iter().any(|running| running.child().part == *part));
        let mut ports = last;
        ports.extend(
            supervisors
                .iter()
                .map(Supervisor::child)
                .map(|child| (child.part, child.port)),
        );
        let failed = failed.or_else(|| data.keep_ports(&ports).err());
        if let Some(error) = failed {
            join_all(supervisors.into_iter().map(Supervisor::stop)).await;
            return Err(error);
        }
        urls.extend(
            own.iter()
                .map(|part| (*part, url(*part, &data.password, ports[part]))),
        );
        Ok(Parts {
            urls,
            supervisors,
            data: Some(data),
        })
    }

    /// Where PostgreSQL is, with role and password; the database is `postgres`.
    pub fn database_url(&self) -> &str {
        &self.urls[&Part::Postgres]
    }

    /// Where NATS is, with user and password.
    pub fn nats_url(&self) -> &str {
        &self.urls[&Part::Nats]
    }

    /// Where Valkey is, with its password.
    pub fn redis_url(&self) -> &str {
        &self.urls[&Part::Valkey]
    }

    /// Where the Ethereum node is; `None` where none was asked for or anvil is not installed.
    pub fn ethereum_url(&self) -> Option<&str> {
        self.urls.get(&Part::Anvil).map(String::as_str)
    }

    /// The environment variables that lead another program to these servers.
    pub fn env(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.urls
            .iter()
            .map(|(part, url)| (part.url_variable(), url.as_str()))
    }

    /// The servers that were started here, as they are now; given ones are not among them.
    pub fn children(&self) -> Vec<Child> {
        self.supervisors.iter().map(Supervisor::child).collect()
    }

    /// The folder with data and logs; `None` when every part was given.
    pub fn data_dir(&self) -> Option<&std::path::Path> {
        self.data.as_ref().map(DataDir::path)
    }

    /// Stops every child in an orderly way, at most 32 s for a stubborn one, and removes a temporary data folder.
    pub async fn stop(mut self) {
        join_all(self.supervisors.drain(..).map(Supervisor::stop)).await;
    }
}

async fn start_one(
    part: Part,
    data: &DataDir,
    tools: &Tools<'_>,
    options: &Options,
    last: Option<u16>,
) -> Result<Supervisor> {
    let log = Arc::new(data.log(part).await?);
    let server = match part {
        Part::Postgres => postgres::prepare(data, tools, options, &log).await?,
        Part::Nats => nats::prepare(data, tools)?,
        Part::Valkey => valkey::prepare(data, tools)?,
        Part::Anvil => anvil::prepare(data, tools)?,
    };
    let asked = options.ports.of(part);
    let mut last = last;
    for attempt in 1.. {
        let port = ports::choose(part, asked, last)?;
        let mut server = server.clone();
        match part {
            Part::Postgres => server.args.extend(postgres::arguments(data, options, port)),
            Part::Nats => nats::configure(data, port)?,
            Part::Valkey => valkey::configure(data, port)?,
            Part::Anvil => server.args.extend(anvil::arguments(data, port)?),
        }
        let child = Child {
            part,
            pid: 0,
            port,
            restarts: 0,
            log: log.path.clone(),
        };
        let recipe = Recipe {
            server,
            port,
            log: log.clone(),
            guard: options.guard.clone(),
        };
        match Supervisor::start(recipe, child).await {
            Err(error) if error.is::<PortBusy>() && asked.is_none() && attempt < ATTEMPTS => last = None,
            started => return started,
        }
    }
    bail!("no port for {part}")
}

fn url(part: Part, password: &str, port: u16) -> String {
    match part {
        Part::Postgres => postgres::url(password, port),
        Part::Nats => nats::url(password, port),
        Part::Valkey => valkey::url(password, port),
        Part::Anvil => anvil::url(port),
    }
}
