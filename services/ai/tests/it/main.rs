#![allow(clippy::unwrap_used)]

mod ingredients;
