#![allow(clippy::unwrap_used)]

mod addresses;
mod business;
mod holds;
mod ledger;
mod orders;
mod profile;
mod purchases;
mod world;
