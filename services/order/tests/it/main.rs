//! The order service over its own gRPC, with stand-ins for product and member.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cancelling;
mod cart;
mod console;
mod creating;
mod life;
mod outages;
mod reading;
mod recalls;
mod saga;
mod shipping;
mod shop;
mod stopping;
mod watching;
