//! All SQL of the service. The owner is always an argument, but where somebody who
//! looks after all images asks.

pub mod claims;
pub mod contents;
pub mod images;
pub mod leftovers;
mod row;
