#![doc = include_str!("../README.md")]

mod archive;
mod config;
mod convert;
mod error;
mod events_file;
mod exporter;
mod flows;
mod job;
mod price;
mod recall;
mod report;
mod row;
mod rpc;
mod run;
mod sources;
mod store;
mod worker;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xlcfi_contracts::etl::v1::etl_service_server::EtlServiceServer;
use xlcfi_contracts::etl::v1::report_service_server::ReportServiceServer;
use xlcfi_events::{Bus, Database};
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};
use xlcfi_types::Clock;

use crate::archive::Archive;
pub use crate::config::Config;
use crate::job::JOBS;
use crate::report::Engine;
use crate::sources::Sources;

/// Name and usual port.
pub const SERVICE: Service = Service::new("etl", 9005);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// What the service works with.
#[derive(Debug, Clone)]
pub struct Ctx {
    database: Database,
    bus: Bus,
    clock: Clock,
    config: Arc<Config>,
    sources: Sources,
    archive: Archive,
    reports: Arc<Engine>,
}

/// Puts the service together, with its settings from the environment.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    let config = base.own_settings()?;
    start_with(base, config).await
}

/// Puts the service together.
///
/// # Errors
/// A setting makes no sense, or the database cannot be migrated.
pub async fn start_with(base: Base, config: Config) -> Result<Server, StartError> {
    config.check()?;
    base.migrate(&MIGRATIONS).await?;
    let archive = Archive::at(&config.store_url)
        .map_err(|error| StartError::BadSetting("ETL_STORE_URL".into(), error.to_string()))?;
    let reports =
        Engine::new(config.report_limits()).map_err(|error| StartError::Other(error.to_string()))?;
    let ctx = Ctx {
        database: base.database.clone(),
        bus: base.bus.clone(),
        clock: base.clock.clone(),
        sources: Sources::new(config.clone()).map_err(StartError::Other)?,
        config: Arc::new(config),
        archive,
        reports: Arc::new(reports),
    };
    let known = flows::jobs::ensure(&ctx).await;
    known.map_err(|error| StartError::Database(SERVICE.name.to_owned(), error))?;
    let etl = EtlServiceServer::new(rpc::Etl(ctx.clone()));
    let reports = ReportServiceServer::new(rpc::Reports(ctx.clone()));
    let server = Server::new(base)
        .grpc(etl.max_encoding_message_size(MESSAGE_LIMIT))
        .grpc(reports.max_encoding_message_size(MESSAGE_LIMIT));
    let server = server.job(|stop| exporter::run(ctx.clone(), stop));
    Ok(JOBS.iter().fold(server, |server, job| {
        server.job(|stop| worker::run(ctx.clone(), job, stop))
    }))
}
