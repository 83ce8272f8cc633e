//! What changes the service's state: each write is a function that owns one transaction.

pub mod anchor;
pub mod log;
pub mod log_check;
pub mod trace;
