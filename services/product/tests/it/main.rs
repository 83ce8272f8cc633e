//! The service over its real transports: gRPC, PostgreSQL, JetStream, Redis.
#![allow(clippy::unwrap_used)]

mod album;
mod attributes;
mod cache;
mod catalogue;
mod categories;
mod concurrency;
mod exports;
mod fixture;
mod holds;
mod import_crashes;
mod import_desk;
mod imports;
mod ingredients;
mod label;
mod ledger;
mod listing;
mod lot_acts;
mod lot_reports;
mod lots;
mod near_expiry;
mod pictures;
mod popularity;
mod quotes;
mod ratings;
mod recall_telling;
mod recalls;
mod reservations;
mod search;
mod snapshots;
mod sold_out;
mod specials;
mod staff;
mod stock_facts;
mod variants;
