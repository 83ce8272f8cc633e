#![doc = include_str!("../README.md")]

mod anomaly;
mod convert;
mod demand;
mod error;
mod events;
mod flows;
mod ingredient;
mod keyword;
mod opinion;
mod peers;
mod price;
mod rpc;
mod sale;
pub mod sentiment;
mod store;
mod worker;

use sqlx::migrate::Migrator;
use xlcfi_contracts::ai::v1::advice_service_server::AdviceServiceServer;
use xlcfi_contracts::ai::v1::ingredient_service_server::IngredientServiceServer;
use xlcfi_contracts::ai::v1::sentiment_service_server::SentimentServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use peers::Peers;

/// Name and usual port.
pub const SERVICE: Service = Service::new("ai", 9001);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    peers: Peers,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or the URL of another service is none.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        peers: Peers::new(&base.peers)?,
    };
    let ingredients = IngredientServiceServer::new(rpc::Ingredients);
    let sentiments = SentimentServiceServer::new(rpc::Sentiments(ctx.clone()));
    let advice = AdviceServiceServer::new(rpc::Advice(ctx.clone()));
    let facts = || events::Facts(ctx.clock.clone());
    Ok(Server::new(base)
        .grpc(ingredients.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(sentiments)
        .grpc(advice.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("review"), facts())
        .consume(Stream::events("order"), facts())
        .consume(Stream::events("product"), facts())
        .job(|stop| worker::run(ctx, stop)))
}
