#![doc = include_str!("../README.md")]

mod base;
mod cache;
mod direct;
mod members;
mod peers;
mod run;
mod server;
mod settings;
mod span;
pub mod telemetry;
mod tls;

pub use base::{Base, StartError};
pub use cache::Cache;
pub use members::{Members, fallback_summary};
pub use peers::{Peer, Peers};
pub use run::{allow_open_files, main, process};
pub use server::{MESSAGE_LIMIT, Server};
pub use settings::{Service, Settings, peer_urls};
pub use span::{Propagated, Traced};
pub use tls::choose_tls;
