//! The gRPC methods, a file for each service.

mod anchor;

pub use anchor::Anchors;
