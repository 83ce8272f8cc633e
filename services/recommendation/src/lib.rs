#![doc = include_str!("../README.md")]

pub mod model;

use sqlx::migrate::Migrator;
use xlcfi_service::{Base, Server, Service, StartError};

/// Name and usual port.
pub const SERVICE: Service = Service::new("recommendation", 9004);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    Ok(Server::new(base))
}
