#![doc = include_str!("../README.md")]

mod explain;
mod fault;
pub mod fields;
mod invalid;
mod sql;

pub use explain::{Explain, Explanation, is_transient, metadata_of, reason_of};
pub use fault::Fault;
pub use invalid::Invalid;
pub use sql::{OnConstraint, stored};
pub use tonic::Code;
