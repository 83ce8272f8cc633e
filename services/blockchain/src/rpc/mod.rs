//! The gRPC methods, a file for each service.

mod log;

pub use log::Log;

type Answer<T> = Result<tonic::Response<T>, tonic::Status>;
