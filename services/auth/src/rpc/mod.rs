//! The gRPC services.

mod account_admin;
mod auth;

use tonic::{Response, Status};

pub use account_admin::AccountAdmin;
pub use auth::Auth;

type Answer<T> = Result<Response<T>, Status>;
