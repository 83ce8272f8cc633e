//! Each write: load, pure step, store, event, in one transaction.

pub mod jobs;
pub mod pages;
pub mod quarantine;
pub mod runs;
mod taking;
