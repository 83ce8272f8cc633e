//! Every write. Owners are asked outside of transactions.

pub mod audit;
pub mod campaigns;
pub mod matching;
pub mod operations;
pub mod people;
pub mod proposals;
