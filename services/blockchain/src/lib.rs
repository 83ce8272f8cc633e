#![doc = include_str!("../README.md")]

mod store;

use sqlx::migrate::Migrator;
use xlcfi_events::Database;
use xlcfi_service::{Base, Server, Service, StartError};
use xlcfi_types::Clock;

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

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated, or a setting makes no sense.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ctx = Ctx {
        database: base.database.clone(),
        clock: base.clock.clone(),
    };
    Ok(Server::new(base))
}
