//! All SQL.

pub mod accounts;
pub mod attempts;
pub mod keys;
pub mod roles;
pub mod sessions;
