#![doc = include_str!("../README.md")]

mod amount;
mod band;
mod chart;
mod config;
mod convert;
mod error;
mod events;
mod flows;
mod forecasts;
mod outlook;
mod pixels;
mod rpc;
mod series;
mod store;
mod watch;
mod worker;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use tokio::sync::Semaphore;
use xlcfi_contracts::market::v1::market_service_server::MarketServiceServer;
use xlcfi_events::{Database, Stream, Watchers};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;

/// Name and usual port.
pub const SERVICE: Service = Service::new("market", 9002);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    config: Config,
    watchers: Watchers,
    /// Forecasts made at once.
    places: Arc<Semaphore>,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let config: Config = base.own_settings()?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        watchers: Watchers::new(base.stop.clone()),
        places: Arc::new(Semaphore::new(config.forecasts_at_once.max(1))),
        config,
    };
    let (watchers, bus) = (ctx.watchers.clone(), base.bus.clone());
    let market = MarketServiceServer::new(rpc::Market(ctx.clone()));
    Ok(Server::new(base)
        .grpc(market.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("etl"), events::Facts::new(&ctx))
        .consume(Stream::events("order"), events::Facts::new(&ctx))
        .consume(Stream::events("product"), events::Facts::new(&ctx))
        .job(|stop| watchers.listen(bus, SERVICE.name, stop))
        .job(|stop| worker::run(ctx, stop)))
}
