//! All SQL of the service.

pub mod log;
pub mod log_checkpoints;
pub mod log_tree;
