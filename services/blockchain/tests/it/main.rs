#![allow(clippy::unwrap_used)]

mod anchoring;
mod log;
mod trace;
