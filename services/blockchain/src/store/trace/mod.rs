//! Lots, what happened to them, and what came of them.

pub mod edges;
pub mod events;
mod events_rows;
pub mod lots;
pub mod orders;
pub mod readings;
