use std::collections::HashMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xlcfi_events::{Bus, BusError, Database};
use xlcfi_identity::{Gate, JwkSet, Signer, UserTokens};
use xlcfi_types::Clock;

use crate::settings::own;
use crate::{Cache, Peers, Service, Settings};

/// How long a start waits for a database that is still coming up.
const PATIENCE: u32 = 30;

/// Why a service does not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable that has no default is not set.
    #[error("{0} is not set; `make env` writes a .env for one machine, docs/configuration.md explains each")]
    MissingSetting(String),
    /// A variable makes no sense.
    #[error("{0}: {1}")]
    BadSetting(String, String),
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}; end what uses the port or set {2}PORT")]
    Listen(String, std::io::Error, String),
    /// The database does not answer or refuses.
    #[error("cannot use the database {0}: {1}; check DATABASE_URL and that PostgreSQL runs")]
    Database(String, sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("cannot migrate the database of {0}: {1}")]
    Migrate(String, sqlx::migrate::MigrateError),
    /// NATS cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A method lacks a policy.
    #[error(transparent)]
    Policy(#[from] xlcfi_contracts::policy::PolicyError),
    /// Something else the service needs is not right.
    #[error("{0}")]
    Other(String),
}

/// What every service works with.
#[derive(Debug, Clone)]
pub struct Base {
    /// Which service this is.
    pub service: Service,
    /// Its database.
    pub database: Database,
    /// The connection to NATS.
    pub bus: Bus,
    /// Redis, for what may be lost.
    pub cache: Cache,
    /// Where the time comes from.
    pub clock: Clock,
    /// The other services.
    pub peers: Peers,
    /// The door for its gRPC methods.
    pub gate: Gate,
    /// Keys of user access tokens, where the service verifies them itself.
    pub user_keys: JwkSet,
    /// Where it listens.
    pub listen: (String, u16),
    /// Calls also come straight from developers.
    pub direct: bool,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
    defaults: HashMap<String, String>,
}

impl Base {
    /// Connects to everything a service needs. PostgreSQL must answer within
    /// 30 seconds; NATS and Redis may be away.
    ///
    /// # Errors
    /// What cannot be used, and what to do about it.
    pub async fn connect(
        service: Service,
        settings: &Settings,
        clock: Clock,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let signer = Signer::new(service.name, &settings.seed).with_clock(clock.clone());
        let user_keys = JwkSet::new();
        let mut gate = Gate::new(service.name, settings.keyring.clone()).with_clock(clock.clone());
        if settings.direct {
            gate = gate.direct(UserTokens::new(user_keys.clone()).with_clock(clock.clone()));
        }
        Ok(Self {
            database: Database::new(connect(service, settings).await?),
            bus: Bus::connect(&settings.nats_url, service.name, &settings.nats_prefix).await?,
            cache: Cache::new(&settings.redis_url)
                .map_err(|error| StartError::BadSetting("REDIS_URL".into(), error))?,
            peers: Peers::new(signer, settings.peers.clone()),
            listen: (settings.host.clone(), settings.port),
            service,
            clock,
            gate,
            user_keys,
            direct: settings.direct,
            stop,
            defaults: settings.defaults.clone(),
        })
    }

    /// Brings the database up to date: the schemas of the libs, then the service's own.
    ///
    /// # Errors
    /// A migration fails, or the database is newer than this program.
    pub async fn migrate(&self, own: &Migrator) -> Result<(), StartError> {
        for migrator in [&xlcfi_events::MIGRATIONS, &xlcfi_saga::MIGRATIONS, own] {
            migrator
                .run(self.database.pool())
                .await
                .map_err(|error| StartError::Migrate(self.service.name.to_owned(), error))?;
        }
        Ok(())
    }

    /// Reads the service's own settings: each field of `T` from
    /// `<SERVICE>_<FIELD>`, else from `<FIELD>`, else from the settings' defaults.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense.
    pub fn own_settings<T: DeserializeOwned>(&self) -> Result<T, StartError> {
        own(self.service, &self.defaults)
    }
}

async fn connect(service: Service, settings: &Settings) -> Result<sqlx::PgPool, StartError> {
    let name = settings.database_name.clone();
    let failed = |error| StartError::Database(name.clone(), error);
    let server: PgConnectOptions = settings
        .database_url
        .parse()
        .map_err(|error: sqlx::Error| StartError::BadSetting("DATABASE_URL".into(), error.to_string()))?;
    let server = server.application_name(service.name).disable_statement_logging();
    let own = server.clone().database(&name);

    let mut tries = 0;
    loop {
        match PgConnection::connect_with(&own).await {
            Ok(connection) => {
                // It only proved that the database is there.
                let _ = connection.close().await;
                break;
            }
            Err(error) if code(&error) == Some("3D000".into()) => {
                create(&server, &name).await.map_err(failed)?
            }
            Err(error) if coming_up(&error) && tries < PATIENCE => {
                if tries == 0 {
                    warn!(service = service.name, error = %error, "PostgreSQL does not answer yet; waiting up to {PATIENCE} s");
                }
                tries += 1;
                sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(PgPoolOptions::new()
        .max_connections(settings.database_connections)
        .acquire_timeout(Duration::from_secs(3))
        .acquire_slow_level(log::LevelFilter::Off)
        // A test of every connection would be a round trip for every use; one
        // that rested may have been closed meanwhile.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(
                async move { Ok(meta.idle_for < Duration::from_secs(1) || connection.ping().await.is_ok()) },
            )
        })
        .connect_lazy_with(own))
}

async fn create(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    // The name is made of a constant, and `create database` takes no parameter.
    let statement = sqlx::AssertSqlSafe(format!("create database {name}"));
    match sqlx::query(statement).execute(&mut connection).await {
        Ok(_) => info!(database = name, "database made"),
        // Another replica was faster.
        Err(error) if matches!(code(&error).as_deref(), Some("42P04" | "23505")) => {}
        Err(error) => return Err(error),
    }
    connection.close().await
}

fn code(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
}

fn coming_up(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || code(error).as_deref() == Some("57P03")
}
