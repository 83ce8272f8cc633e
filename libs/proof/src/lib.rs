#![doc = include_str!("../README.md")]

pub mod anchor;
mod bundle;
mod canonical;
mod check;
mod words;

pub use bundle::{Bundle, Unfit};
pub use canonical::{canonical, commitment, is_canonical};
pub use check::{Refused, Step, Trust, Verdict};
pub use words::Language;
pub use xlcfi_tlog::{Checkpoint, Hash, Signer, VerifierKey};
