//! Between the contracts and the domain.

pub mod log;
