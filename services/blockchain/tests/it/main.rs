#![allow(clippy::unwrap_used)]

mod trace;
