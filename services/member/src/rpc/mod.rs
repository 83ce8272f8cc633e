//! The gRPC methods, a file for each service.

mod benefits;
mod consents;
mod members;
mod notifications;
mod shelf;

pub use benefits::Benefits;
pub use consents::Consents;
pub use members::Members;
pub use notifications::Notifications;
pub use shelf::Shelf;
