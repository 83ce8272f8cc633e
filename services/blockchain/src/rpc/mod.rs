//! The gRPC methods, a file for each service.

mod anchor;
mod log;
mod pages;

pub use anchor::Anchors;
pub use log::Log;
pub use pages::Pages;

type Answer<T> = Result<tonic::Response<T>, tonic::Status>;
