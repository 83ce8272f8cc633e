#![doc = include_str!("../README.md")]

mod convert;
mod ingredient;
mod rpc;
pub mod sentiment;

use sqlx::migrate::Migrator;
use xlcfi_contracts::ai::v1::ingredient_service_server::IngredientServiceServer;
use xlcfi_service::{Base, MESSAGE_LIMIT, Server, Service, StartError};

/// Name and usual port.
pub const SERVICE: Service = Service::new("ai", 9001);

/// Brings the service's own tables up to date.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Puts the service together.
///
/// # Errors
/// The database cannot be migrated.
pub async fn start(base: Base) -> Result<Server, StartError> {
    base.migrate(&MIGRATIONS).await?;
    let ingredients = IngredientServiceServer::new(rpc::Ingredients);
    Ok(Server::new(base).grpc(ingredients.max_encoding_message_size(MESSAGE_LIMIT)))
}
