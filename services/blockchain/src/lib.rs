#![doc = include_str!("../README.md")]

mod cold_chain;
mod config;
mod convert;
mod epcis;
mod error;
mod event;
mod events;
mod fact;
mod flows;
mod genealogy;
mod lot;
mod order;
mod queries;
mod reading;
mod rpc;
mod scan;
mod store;
mod story;
mod walk;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::blockchain::v1::trace_service_server::TraceServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;

/// Name and usual port.
pub const SERVICE: Service = Service::new("blockchain", 8086);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    config: Arc<Config>,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        config: Arc::new(base.own_settings()?),
    };
    let traces = TraceServiceServer::new(rpc::Traces(ctx.clone()));
    Ok(Server::new(base)
        .grpc(
            traces
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        )
        .consume(Stream::events("product"), events::Facts(ctx.clone()))
        .consume(Stream::events("order"), events::Facts(ctx)))
}
