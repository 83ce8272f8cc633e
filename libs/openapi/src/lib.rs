#![doc = include_str!("../README.md")]

mod comments;
mod document;
mod example;
mod failure;
mod operation;
mod page;
mod pattern;
mod range;
mod response;
mod rules;
mod scalar;
mod schema;
mod wellknown;

pub use document::{Info, document};
pub use page::{Asset, CSP, page};
