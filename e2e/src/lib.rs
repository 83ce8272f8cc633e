#![doc = include_str!("../README.md")]

mod clients;
pub mod people;
mod sandbox;
mod story;

pub use clients::{Edge, Web, authorized};
pub use sandbox::{Ledger, Sandbox};
pub use story::{Story, Teller};
