//! The mesh from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod contracts;
mod faults;
mod hot_product;
mod house;
mod mesh;
mod pay_drill;
mod sign_in;
mod story;
