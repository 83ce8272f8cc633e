#![allow(clippy::unwrap_used)]

mod charts;
mod facts;
mod forecasts;
mod prices;
mod trades;
mod watches;
mod world;
