//! All SQL of the service.

pub mod categories;
pub mod customers;
pub mod entries;
pub mod imports;
pub mod lots;
pub mod popularity;
pub mod products;
pub mod published;
pub mod ratings;
pub mod reassign;
pub mod recalls;
pub mod reservations;
pub mod scans;
pub mod stock;
pub mod unanswered;
pub mod unsold;
pub mod warehouses;
