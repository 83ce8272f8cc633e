//! Each write, in one transaction of its own.

pub mod clients;
pub mod closing;
mod keys;
pub mod mfa;
mod notices;
mod passwords;
pub mod recovery;
mod roles;
mod sessions;
mod sign_up;
pub mod staff;
mod tries;

pub use clients::NewClient;
pub use keys::{ensure_key, rotate_key, rotate_when_old};
pub use passwords::change_password;
pub use roles::{Deciders, ensure_admin, grant_role, revoke_role};
pub use sessions::{Credentials, LoggedIn, Tokens, end_all, end_session, log_in, refresh};
pub use sign_up::{SignUp, sign_up};
