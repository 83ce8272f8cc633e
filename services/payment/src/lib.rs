#![doc = include_str!("../README.md")]

mod attempt;
mod commands;
mod config;
mod convert;
mod error;
mod events;
mod flows;
mod method;
mod payment;
mod resilience;
mod rpc;
mod store;
mod toss;
mod work;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use tokio::sync::Notify;
use xlcfi_contracts::payment::v1::payment_service_server::PaymentServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_saga::Participation;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

pub use config::{Config, SecretKey};
pub use resilience::Limits;

/// Name and usual port.
pub const SERVICE: Service = Service::new("payment", 8085);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    toss: toss::Toss,
    limits: Limits,
    /// Told when there may be new work for the worker.
    wake: Arc<Notify>,
}

impl Ctx {
    /// How long somebody who works on a payment has it alone.
    fn lease(&self) -> Duration {
        self.toss.longest_call() + Duration::from_secs(4)
    }
}

/// Puts the service together, with its settings from the environment.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let config = base.own_settings()?;
    start_with(base, config).await
}

/// Puts the service together.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start_with(base: Base, config: Config) -> Result<Server, StartError> {
    config.check()?;
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        toss: toss::Toss::new(&config).map_err(StartError::Other)?,
        limits: config.limits,
        wake: Arc::default(),
    };
    let payments = PaymentServiceServer::new(rpc::Payments(ctx.clone()));
    Ok(Server::new(base)
        .grpc(payments.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("order"), events::Facts(ctx.clone()))
        .consume(
            Stream::commands("payment"),
            Participation(commands::Commands(ctx.clone())),
        )
        .job(|stop| worker::run(ctx.clone(), stop))
        .job(|stop| worker::forget(ctx, stop)))
}
