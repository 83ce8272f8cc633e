#![allow(clippy::unwrap_used)]

mod account_admin;
mod accounts;
mod attempts;
mod direct;
mod keys;
mod passwords;
mod refresh;
mod roles;
mod sessions;
mod sign_in;
mod start;
mod sweep;
mod world;
