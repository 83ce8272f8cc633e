#![doc = include_str!("../README.md")]

mod clients;
mod mesh;
pub mod people;
mod percentile;
mod sandbox;
mod story;

pub use clients::{Edge, Web, authorized};
pub use mesh::Mesh;
pub use percentile::percentile;
pub use sandbox::{Ledger, Sandbox};
pub use story::{Story, Teller};
