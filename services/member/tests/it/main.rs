#![allow(clippy::unwrap_used)]

mod addresses;
mod business;
mod holds;
mod ledger;
mod notifications;
mod orders;
mod profile;
mod purchases;
mod summaries;
mod world;
