#![doc = include_str!("../README.md")]

mod caller;
mod deadline;
mod error;
mod gate;
mod jwks;
mod keyring;
mod outgoing;
mod signer;
mod timeout;
mod token;
mod user_tokens;

pub use caller::{Caller, Machine, Member, User, admit};
pub use deadline::{Bounded, Deadline};
pub use error::Refused;
pub use gate::{Gate, Gated};
pub use jwks::{JwkSet, JwksError};
pub use keyring::{KeyError, Keyring, PublicKey, Seed};
pub use outgoing::{Identified, Outgoing, on_behalf_of};
pub use signer::{EDGE, HEADER, Signer};
pub use user_tokens::{AUDIENCE, AccessTokenKey, ISSUER, UserTokens, bearer};
