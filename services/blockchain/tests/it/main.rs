#![allow(clippy::unwrap_used)]

mod log;
mod trace;
