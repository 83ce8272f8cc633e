#![allow(clippy::unwrap_used)]

mod account_admin;
mod account_security;
mod accounts;
mod attempts;
mod authenticator;
mod closing;
mod devices;
mod direct;
mod keys;
mod locking;
mod mfa;
mod notices;
mod passwords;
mod recovery;
mod refresh;
mod roles;
mod service_accounts;
mod sessions;
mod sign_in;
mod smtp;
mod start;
mod sweep;
mod timing;
mod world;
