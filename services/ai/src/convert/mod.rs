//! Between the contracts and the domain.

mod advice;
mod facts;
mod ingredients;
mod sentiment;

pub use advice::{anomaly, demand, lot, market, price_analysis};
pub use facts::{offer, sale};
pub use ingredients::extracted;
pub use sentiment::{analysed, product_sentiment};
pub use xlcfi_errors::fields::{page, uuid};
