//! Each write: one function, one transaction.

pub mod anchor;
