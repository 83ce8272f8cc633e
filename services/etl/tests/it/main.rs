#![allow(clippy::unwrap_used)]

mod faults;
mod prices;
mod quarantine;
mod runs;
mod staff;
mod world;
