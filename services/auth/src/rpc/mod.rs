//! The gRPC services.

mod account_admin;
mod account_security;
mod auth;
mod mfa;
mod recovery;
mod service_accounts;

use tonic::{Response, Status};

pub use account_admin::AccountAdmin;
pub use account_security::AccountSecurity;
pub use auth::Auth;
pub use mfa::Mfa;
pub use recovery::Recovery;
pub use service_accounts::ServiceAccounts;

type Answer<T> = Result<Response<T>, Status>;
