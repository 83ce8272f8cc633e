//! Each write, in one transaction with what is told of it.

pub mod experiments;
pub mod facts;
pub mod interactions;
pub mod models;
