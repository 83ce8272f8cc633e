#![allow(clippy::unwrap_used)]

mod anomalies;
mod demand;
mod ingredients;
mod market;
mod prices;
mod sentiment;
mod world;
