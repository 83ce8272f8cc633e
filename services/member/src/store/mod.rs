//! All SQL of the service. The owner is always an argument.

pub mod addresses;
pub mod holds;
pub mod members;
pub mod notifications;
pub mod points;
pub mod purchases;
