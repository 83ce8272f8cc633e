#![doc = include_str!("../README.md")]

mod anchor;
mod anchor_config;
mod anchor_evidence;
mod anchor_tx;
mod anchorer;
mod chain;
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
mod log;
mod lot;
mod order;
mod qr;
mod queries;
mod reading;
mod rpc;
mod scan;
mod sequencer;
mod signer;
mod store;
mod story;
mod walk;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::blockchain::v1::anchor_service_server::AnchorServiceServer;
use xlcfi_contracts::blockchain::v1::log_service_server::LogServiceServer;
use xlcfi_contracts::blockchain::v1::page_service_server::PageServiceServer;
use xlcfi_contracts::blockchain::v1::trace_service_server::TraceServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::anchorer::Chain;
use crate::config::Config;
use crate::flows::log::Keeping;

pub use anchor::Finality;
pub use anchor_config::{Anchoring, ChainConfig};
pub use log::Kind;
pub use store::log::{append, append_for};

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
    /// Where buyers find us.
    public_url: String,
    /// Minutes a lot may be too warm or too cold before its seller is told.
    excursion_minutes: u32,
}

/// Puts the service together, with its settings from the environment.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let anchoring = base.own_settings()?;
    start_with(base, anchoring).await
}

/// Puts the service together.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start_with(base: Base, anchoring: Anchoring) -> Result<Server, StartError> {
    let config: Config = base.own_settings()?;
    config.check()?;
    let chains = chains(&anchoring)?;
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        log: Keeping::of(&config)?,
        public_url: config.public_url,
        excursion_minutes: config.excursion_minutes,
    };
    let log = LogServiceServer::new(rpc::Log(ctx.clone()));
    let anchors = AnchorServiceServer::new(rpc::Anchors {
        ctx: ctx.clone(),
        chains: chains.clone(),
    });
    let traces = TraceServiceServer::new(rpc::Traces(ctx.clone()));
    let server = Server::new(base)
        .grpc(PageServiceServer::new(rpc::Pages(ctx.clone())))
        .grpc(log.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(anchors.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(
            traces
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        )
        .consume(Stream::events("product"), events::Facts(ctx.clone()))
        .consume(Stream::events("order"), events::Facts(ctx.clone()))
        .consume(Stream::events("admin"), events::Heads(ctx.clone()))
        .consume(Stream::events("member"), events::Heads(ctx.clone()))
        .job(|stop| sequencer::run(ctx.clone(), stop));
    Ok(chains.into_iter().fold(server, |server, chain| {
        server.job(|stop| anchorer::run(ctx.clone(), chain, stop))
    }))
}

/// The chains to anchor on, none when none is set up.
fn chains(anchoring: &Anchoring) -> Result<Vec<Arc<Chain>>, StartError> {
    let Some(key) = anchoring.key()? else {
        return Ok(Vec::new());
    };
    let chains = anchoring.chains.iter().map(|config| {
        let chain = Chain::new(config.clone(), key.clone(), anchoring);
        chain.map(Arc::new).map_err(StartError::Other)
    });
    chains.collect()
}
