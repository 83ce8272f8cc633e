//! Between the contracts and the domain.

pub mod anchor;
pub mod log;
