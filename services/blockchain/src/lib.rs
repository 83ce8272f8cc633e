#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod error;
mod events;
mod flows;
mod log;
mod rpc;
mod sequencer;
mod signer;
mod store;

use sqlx::migrate::Migrator;
use xlcfi_contracts::blockchain::v1::log_service_server::LogServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;
use crate::flows::log::Keeping;
pub use crate::log::Kind;
use crate::log::Rhythm;
pub use crate::store::log::{append, append_for};

/// Name and usual port.
pub const SERVICE: Service = Service::new("blockchain", 8086);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    log: Keeping,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let config: Config = base.own_settings()?;
    config.check()?;
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        log: keeping(&config)?,
    };
    let log = LogServiceServer::new(rpc::Log(ctx.clone()));
    Ok(Server::new(base)
        .grpc(log.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("admin"), events::Heads(ctx.clone()))
        .consume(Stream::events("member"), events::Heads(ctx.clone()))
        .job(|stop| sequencer::run(ctx, stop)))
}

fn keeping(config: &Config) -> Result<Keeping, StartError> {
    Ok(Keeping {
        signer: signer::of(config)?,
        rhythm: Rhythm {
            entries: i64::try_from(config.log_checkpoint_entries).unwrap_or(i64::MAX),
            time: time::Duration::seconds(config.log_checkpoint_seconds.into()),
        },
        batch: config.log_batch.into(),
        poll: std::time::Duration::from_millis(config.log_poll_millis),
    })
}
