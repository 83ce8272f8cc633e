#![doc = include_str!("../README.md")]

mod anchor;
mod anchor_config;
mod anchor_evidence;
mod anchor_tx;
mod anchorer;
mod chain;
mod convert;
mod error;
mod flows;
mod rpc;
mod store;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::blockchain::v1::anchor_service_server::AnchorServiceServer;
use xlcfi_events::Database;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::anchorer::Chain;

pub use anchor::Finality;
pub use anchor_config::{Anchoring, ChainConfig, Secret};

/// Name and usual port.
pub const SERVICE: Service = Service::new("blockchain", 8086);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
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
    let chains = chains(&anchoring)?;
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
    };
    let anchors = AnchorServiceServer::new(rpc::Anchors {
        ctx: ctx.clone(),
        chains: chains.clone(),
    });
    let server = Server::new(base).grpc(anchors.max_encoding_message_size(MESSAGE_LIMIT));
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
