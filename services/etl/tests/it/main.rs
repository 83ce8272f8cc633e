#![allow(clippy::unwrap_used)]

mod exports;
mod faults;
mod prices;
mod quarantine;
mod reports;
mod runs;
mod staff;
mod world;
