//! Each write, in one transaction with its event. Files and pixels come first, since
//! no transaction waits for them.

pub mod claims;
pub mod images;
pub mod sweeps;
pub mod uploads;
