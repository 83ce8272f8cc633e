#![allow(clippy::unwrap_used)]

mod experiments;
mod facts;
mod interactions;
mod models;
mod recommending;
mod similar;
mod world;
