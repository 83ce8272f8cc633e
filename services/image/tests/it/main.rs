#![allow(clippy::unwrap_used)]

mod alike;
mod blocking;
mod claims;
mod formats;
mod hostile;
mod mutations;
mod pictures;
mod renditions;
mod sweeps;
mod uploads;
mod world;
