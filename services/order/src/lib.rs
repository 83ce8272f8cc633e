#![doc = include_str!("../README.md")]

mod cart;
mod commands;
mod config;
mod convert;
mod error;
mod events;
mod flows;
mod order;
mod peers;
mod recall;
mod rpc;
mod saga;
mod store;
mod wanted;
mod watch;

use sqlx::migrate::Migrator;
use xlcfi_contracts::order::v1::order_service_server::OrderServiceServer;
use xlcfi_contracts::saga::v1::saga_service_server::SagaServiceServer;
use xlcfi_events::{Database, Stream, Watchers};
use xlcfi_saga::{Console, Engine};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;
use crate::peers::Peers;
use crate::saga::OrderSaga;

/// Name and usual port.
pub const SERVICE: Service = Service::new("order", 8084);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What every part of the service works with.
#[derive(Clone)]
struct Ctx {
    database: Database,
    clock: Clock,
    config: Config,
    peers: Peers,
    sagas: Engine<OrderSaga>,
    watchers: Watchers,
}

/// Starts the service: its methods, the console of its sagas, their replies
/// and timers, and what product tells of recalls.
///
/// # Errors
/// What it needs and cannot have.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        config: base.own_settings()?,
        peers: Peers::new(&base.peers)?,
        sagas: Engine::new(
            SERVICE.name,
            base.database.clone(),
            OrderSaga {
                clock: base.clock.clone(),
            },
        ),
        watchers: Watchers::new(base.stop.clone()),
    };
    let (sagas, watchers, bus) = (ctx.sagas.clone(), ctx.watchers.clone(), base.bus.clone());
    Ok(Server::new(base)
        .grpc(OrderServiceServer::new(rpc::Orders(ctx.clone())).max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(SagaServiceServer::new(Console(ctx.sagas.clone())).max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::commands(SERVICE.name), commands::Inbox::new(ctx.clone()))
        .consume(Stream::events("product"), events::Facts(ctx))
        .job(|stop| sagas.run_timers(stop))
        .job(|stop| watchers.listen(bus, SERVICE.name, stop)))
}
