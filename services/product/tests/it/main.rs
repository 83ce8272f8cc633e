//! The service over its real transports: gRPC, PostgreSQL, JetStream, Redis.
#![allow(clippy::unwrap_used)]

mod cache;
mod catalogue;
mod categories;
mod concurrency;
mod fixture;
mod listing;
mod lots;
mod quotes;
mod reservations;
mod sold_out;
