//! What other services tell.

mod heads;
mod trace;

pub use heads::Heads;
pub use trace::Facts;
