//! Each write, in one transaction of its own.

mod keys;
mod passwords;
mod roles;
mod sessions;
mod sign_up;
mod tries;

pub use keys::{ensure_key, rotate_key};
pub use passwords::change_password;
pub use roles::{Deciders, ensure_admin, grant_role, revoke_role};
pub use sessions::{Credentials, Tokens, end_session, log_in, refresh};
pub use sign_up::{SignUp, sign_up};
