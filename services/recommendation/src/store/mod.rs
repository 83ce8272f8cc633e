//! All SQL of the service.

pub mod experiments;
pub mod interactions;
pub mod models;
pub mod products;
