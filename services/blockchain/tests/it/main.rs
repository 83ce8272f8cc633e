#![allow(clippy::unwrap_used)]

mod log;
