//! All SQL.

pub mod alerts;
pub mod forecasts;
pub mod prices;
pub mod products;
pub mod series;
pub mod watches;
