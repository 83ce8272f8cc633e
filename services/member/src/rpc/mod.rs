//! The gRPC methods, a file for each service.

mod members;
mod notifications;

pub use members::Members;
pub use notifications::Notifications;
