#![doc = include_str!("../README.md")]

mod attribute;
mod category;
mod commands;
mod config;
mod convert;
mod error;
mod events;
mod export;
mod fefo;
mod flows;
mod import;
mod importer;
mod index;
mod ingredients;
mod ladder;
mod ledger;
mod life;
mod lot;
mod near_expiry;
mod peers;
mod popularity;
mod product;
mod quote;
mod rating;
mod recall;
mod reservation;
mod rpc;
mod scan;
mod shelf;
mod special;
mod store;
mod sweeper;
mod teller;
mod unsold;
mod warehouse;
mod watch;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use tokio::sync::Notify;
use xlcfi_contracts::product::v1::import_service_server::ImportServiceServer;
use xlcfi_contracts::product::v1::lot_service_server::LotServiceServer;
use xlcfi_contracts::product::v1::price_service_server::PriceServiceServer;
use xlcfi_contracts::product::v1::product_service_server::ProductServiceServer;
use xlcfi_contracts::product::v1::recall_service_server::RecallServiceServer;
use xlcfi_contracts::product::v1::search_service_server::SearchServiceServer;
use xlcfi_events::{Bus, Database, Stream};
use xlcfi_saga::Participation;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use config::Config;
use index::{Replica, Serving, Unanswered};
use peers::Peers;

/// Name and usual port.
pub const SERVICE: Service = Service::new("product", 8083);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    bus: Bus,
    shelf: shelf::Shelf,
    /// Wakes the importer of this process.
    importer: Arc<Notify>,
    /// Wakes who tells orders of recalls.
    teller: Arc<Notify>,
    peers: Peers,
}

/// Puts the service together.
///
/// # Errors
/// What it needs and cannot have.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let config: Config = base.own_settings()?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        bus: base.bus.clone(),
        shelf: shelf::Shelf::new(base.cache.clone(), &base.bus),
        importer: Arc::default(),
        teller: Arc::default(),
        peers: Peers::new(&base.peers)?,
    };
    let products = ProductServiceServer::new(rpc::Products(ctx.clone()));
    let prices = PriceServiceServer::new(rpc::Prices(ctx.clone()));
    let lots = LotServiceServer::new(rpc::Lots(ctx.clone()));
    let recalls = RecallServiceServer::new(rpc::Recalls(ctx.clone()));
    let (serving, unanswered) = (Serving::default(), Unanswered::default());
    let search = SearchServiceServer::new(rpc::Search {
        ctx: ctx.clone(),
        serving: serving.clone(),
        unanswered: unanswered.clone(),
    });
    let replica = Replica::new(&ctx, &config, serving)?;
    let imports = ImportServiceServer::new(rpc::Imports {
        ctx: ctx.clone(),
        stop: base.stop.clone(),
    });
    let (importing, telling) = (ctx.clone(), ctx.clone());
    Ok(Server::new(base)
        .grpc(products.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(prices)
        .grpc(lots.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(recalls.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(search.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(imports)
        .consume(
            Stream::commands("product"),
            Participation(commands::Commands(ctx.clone())),
        )
        .consume(Stream::events("review"), events::Facts(ctx.clone()))
        .job({
            let ctx = ctx.clone();
            move |stop| unanswered.run(ctx, stop)
        })
        .job(|stop| replica.run(stop))
        .job(|stop| importer::run(importing, stop))
        .job(|stop| teller::run(telling, stop))
        .job(|stop| sweeper::run(ctx, stop)))
}
