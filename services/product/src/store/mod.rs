//! All SQL of the service.

pub mod categories;
pub mod lots;
pub mod products;
pub mod reservations;
pub mod stock;
