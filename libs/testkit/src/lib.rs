#![doc = include_str!("../README.md")]
// A test that cannot go on says why by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod assertions;
mod callers;
mod fake;
mod harness;
mod messages;
mod program;
#[cfg(feature = "s3")]
mod s3;

pub use assertions::{assert_refused, eventually, violations};
pub use callers::{admin, seller, user};
pub use fake::{Fake, method_of};
pub use harness::{As, Calling, Harness};
pub use messages::{done, refused};
pub use program::Program;
#[cfg(feature = "s3")]
pub use s3::{bucket_at, s3};
