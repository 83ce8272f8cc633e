//! All SQL of the service.

pub mod log;
pub mod trace;
