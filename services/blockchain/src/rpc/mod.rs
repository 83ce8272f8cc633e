//! The gRPC methods, a file for each service.

mod anchor;
mod log;
mod pages;
mod trace;

pub use anchor::Anchors;
pub use log::Log;
pub use pages::Pages;
pub use trace::Traces;

type Answer<T> = Result<tonic::Response<T>, tonic::Status>;
