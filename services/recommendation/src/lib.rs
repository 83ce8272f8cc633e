#![doc = include_str!("../README.md")]

pub mod answer;
pub mod catalogue;
mod config;
mod convert;
mod error;
mod events;
pub mod experiment;
mod flows;
pub mod interaction;
pub mod live;
pub mod model;
mod peers;
mod reason;
mod refresh;
mod registry;
pub mod rerank;
mod rpc;
mod serve;
mod store;
mod trainer;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::recommendation::v1::experiment_service_server::ExperimentServiceServer;
use xlcfi_contracts::recommendation::v1::model_service_server::ModelServiceServer;
use xlcfi_contracts::recommendation::v1::recommendation_service_server::RecommendationServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::config::Config;
use crate::live::Live;
use crate::peers::Peers;
use crate::refresh::Refresher;

/// Name and usual port.
pub const SERVICE: Service = Service::new("recommendation", 9004);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    peers: Peers,
    config: Arc<Config>,
    live: Live,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let config: Config = base.own_settings()?;
    config.check()?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        peers: Peers::new(&base.peers)?,
        config: Arc::new(config),
        live: Live::default(),
    };
    let mut refresher = Refresher::new(ctx.clone());
    if let Err(error) = refresher.once().await {
        tracing::warn!(error = %error, "nothing is known of products and models yet; it is tried again");
    }
    let recommendations = RecommendationServiceServer::new(rpc::Recommendations(ctx.clone()));
    let models = ModelServiceServer::new(rpc::Models(ctx.clone()));
    let experiments = ExperimentServiceServer::new(rpc::Experiments(ctx.clone()));
    Ok(Server::new(base)
        .grpc(recommendations.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(models.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(experiments.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("product"), events::Facts)
        .consume(Stream::events("order"), events::Facts)
        .consume(Stream::events("review"), events::Facts)
        .consume(Stream::events("member"), events::Facts)
        .job(|stop| refresher.run(stop))
        .job(|stop| trainer::run(ctx, stop)))
}
