#![doc = include_str!("../README.md")]

mod blobs;
mod config;
mod convert;
mod error;
mod events;
mod flows;
mod intake;
mod picture;
mod rpc;
mod signature;
mod store;
mod sweeper;
mod workshop;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use tokio::sync::Semaphore;
use xlcfi_contracts::image::v1::image_service_server::ImageServiceServer;
use xlcfi_events::{Database, Stream};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use blobs::Blobs;
use config::Config;
pub use picture::Purpose;
use signature::Urls;
use workshop::Pool;
pub use workshop::{Made, make};

/// Name and usual port.
pub const SERVICE: Service = Service::new("image", 9003);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    clock: Clock,
    blobs: Blobs,
    urls: Urls,
    workshop: Pool,
    /// Places for those who upload.
    uploads: Arc<Semaphore>,
    /// How long an image that nothing shows stays.
    unused: time::Duration,
}

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let config: Config = base.own_settings()?;
    config.check()?;
    let blobs = Blobs::at(&config.store_url)
        .map_err(|error| StartError::BadSetting("IMAGE_STORE_URL".into(), error.to_string()))?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
        blobs,
        urls: Urls::new(&config),
        workshop: Pool::new(config.workers.unwrap_or(processors), config.memory_mib),
        uploads: Arc::new(Semaphore::new(config.uploads)),
        unused: time::Duration::days(config.unused_days.into()),
    };
    let images = ImageServiceServer::new(rpc::Images(ctx.clone()));
    let every = std::time::Duration::from_secs(config.sweep_seconds);
    Ok(Server::new(base)
        .grpc(images.max_encoding_message_size(MESSAGE_LIMIT))
        .consume(Stream::events("product"), events::Facts(ctx.clone()))
        .consume(Stream::events("member"), events::Facts(ctx.clone()))
        .job(move |stop| sweeper::run(ctx, every, stop)))
}
