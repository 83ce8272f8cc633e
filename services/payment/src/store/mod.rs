//! All SQL of the service.

pub mod attempts;
pub mod methods;
pub mod payments;
pub mod queue;
