#![allow(clippy::unwrap_used)]

mod account_admin;
mod accounts;
mod attempts;
mod authenticator;
mod closing;
mod devices;
mod direct;
mod keys;
mod mfa;
mod passwords;
mod recovery;
mod refresh;
mod roles;
mod service_accounts;
mod sessions;
mod sign_in;
mod start;
mod sweep;
mod timing;
mod world;
