#![doc = include_str!("../README.md")]

mod base;
mod cache;
mod peers;
mod run;
mod server;
mod settings;
mod span;
pub mod telemetry;

pub use base::{Base, StartError};
pub use cache::Cache;
pub use peers::{Peer, Peers};
pub use run::main;
pub use server::{MESSAGE_LIMIT, Server};
pub use settings::{Service, Settings};
pub use span::{Propagated, Traced};
