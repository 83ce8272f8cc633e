//! All SQL.

pub mod accounts;
pub mod attempts;
pub mod challenges;
pub mod clients;
pub mod devices;
pub mod errands;
pub mod factors;
pub mod keys;
pub mod locks;
pub mod mail_tokens;
pub mod roles;
pub mod sessions;
pub mod tokens;
