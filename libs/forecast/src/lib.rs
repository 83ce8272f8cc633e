#![doc = include_str!("../README.md")]

mod backtest;
mod bands;
mod error;
mod ets;
mod metric;
mod model;
mod mstl;
mod outlook;
mod seasonal;
mod series;
mod simplex;
mod theta;

pub use bands::{Band, Coverage};
pub use error::Error;
pub use metric::{mase, scale, smape};
pub use model::Model;
pub use outlook::{Errors, Options, Outlook, forecast};

pub use series::{FEWEST_POINTS, Filled, MOST_PERIOD, MOST_POINTS, Series, fill};
