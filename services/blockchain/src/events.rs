//! What other services tell.

mod trace;

pub use trace::Facts;
