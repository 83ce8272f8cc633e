#![doc = include_str!("../README.md")]

mod clients;
mod sandbox;
mod story;

pub use clients::{Edge, Web, authorized};
pub use sandbox::{Ledger, Sandbox};
pub use story::{Person, Story, Teller};
