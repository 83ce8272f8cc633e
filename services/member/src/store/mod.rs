//! All SQL of the service. The owner is always an argument.

pub mod addresses;
pub mod businesses;
pub mod consents;
pub mod history;
pub mod holds;
pub mod lots;
pub mod members;
pub mod nights;
pub mod notifications;
pub mod orders;
pub mod points;
pub mod purchases;
pub mod roots;
pub mod shelf;
