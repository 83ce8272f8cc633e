//! All SQL.

pub mod audit;
pub mod campaign_orders;
pub mod campaigns;
pub mod known;
pub mod notices;
pub mod operations;
pub mod packs;
pub mod proposals;
