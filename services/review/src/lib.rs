#![doc = include_str!("../README.md")]

mod config;
mod convert;
mod error;
mod events;
mod flows;
mod listing;
mod lots;
mod moderation;
mod peers;
mod purchase;
mod rating;
mod review;
mod rpc;
mod rules;
mod store;
mod worker;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::review::v1::moderation_service_server::ModerationServiceServer;
use xlcfi_contracts::review::v1::review_service_server::ReviewServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;
use crate::rules::Words;

/// Name and usual port.
pub const SERVICE: Service = Service::new("review", 8087);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    config: Arc<Config>,
    words: Arc<Words>,
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
        words: Arc::new(Words::with(&config.banned_words)),
        config: Arc::new(config),
    };
    let peers = peers::Peers::new(&base.peers)?;
    let reviews = ReviewServiceServer::new(rpc::Reviews(ctx.clone()));
    let moderation = ModerationServiceServer::new(rpc::Moderation(ctx.clone()));
    Ok(Server::new(base)
        .grpc(reviews.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(moderation.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("member"), events::Facts)
        .consume(Stream::events("order"), events::Facts)
        .consume(Stream::events("payment"), events::Facts)
        .job(|stop| worker::run(ctx, peers, stop)))
}
