//! All SQL of the service.

pub mod authors;
pub mod decisions;
pub mod lists;
pub mod opinions;
pub mod purchases;
pub mod reviews;
mod row;
pub mod summaries;
