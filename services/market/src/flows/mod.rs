//! Each write: load, pure step, store, event, in one transaction.

pub mod prices;
pub mod products;
pub mod trades;
pub mod watches;
