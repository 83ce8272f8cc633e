#![doc = include_str!("../README.md")]

mod attribute;
mod category;
mod commands;
mod convert;
mod error;
mod fefo;
mod flows;
mod gtin;
mod ladder;
mod ledger;
mod life;
mod lot;
mod near_expiry;
mod product;
mod quote;
mod recall;
mod reservation;
mod rpc;
mod shelf;
mod special;
mod store;
mod sweeper;
mod trace;
mod unsold;
mod warehouse;

use sqlx::migrate::Migrator;
use xlcfi_contracts::product::v1::lot_service_server::LotServiceServer;
use xlcfi_contracts::product::v1::price_service_server::PriceServiceServer;
use xlcfi_contracts::product::v1::product_service_server::ProductServiceServer;
use xlcfi_contracts::product::v1::recall_service_server::RecallServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_saga::Participation;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

/// Name and usual port.
pub const SERVICE: Service = Service::new("product", 8083);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    shelf: shelf::Shelf,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        shelf: shelf::Shelf::new(base.cache.clone(), &base.bus),
    };
    let products = ProductServiceServer::new(rpc::Products(ctx.clone()));
    let prices = PriceServiceServer::new(rpc::Prices(ctx.clone()));
    let lots = LotServiceServer::new(rpc::Lots(ctx.clone()));
    let recalls = RecallServiceServer::new(rpc::Recalls(ctx.clone()));
    Ok(Server::new(base)
        .grpc(products.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(prices)
        .grpc(lots.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(recalls.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(
            Stream::commands("product"),
            Participation(commands::Commands(ctx.clone())),
        )
        .job(|stop| sweeper::run(ctx, stop)))
}
