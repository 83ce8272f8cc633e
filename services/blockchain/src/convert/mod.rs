//! Contract to domain and back.

pub mod anchor;
