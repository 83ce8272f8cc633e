//! The admin service over its own gRPC, with stand-ins for the owners of things.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod audit_heads;
mod campaigns;
mod console;
mod dashboard;
mod drafts;
mod operations;
mod people;
mod points;
mod proposals;
mod world;
