#![allow(clippy::unwrap_used)]

mod addresses;
mod benefits;
mod business;
mod consents;
mod corrections;
mod expiry;
mod history;
mod holds;
mod ledger;
mod notifications;
mod orders;
mod profile;
mod purchases;
mod roots;
mod shelf;
mod summaries;
mod tax_office;
mod withdrawal;
mod world;
