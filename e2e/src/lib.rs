#![doc = include_str!("../README.md")]

mod cards;
mod clients;
mod mesh;
pub mod people;
mod percentile;
mod picture;
mod sandbox;
mod story;

pub use cards::card_numbers;
pub use clients::{Edge, Web, authorized};
pub use mesh::Mesh;
pub use percentile::percentile;
pub use picture::picture;
pub use sandbox::{Ledger, Sandbox};
pub use story::{Story, Teller, Verifier};
