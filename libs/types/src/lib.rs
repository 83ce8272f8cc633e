#![doc = include_str!("../README.md")]

pub mod calendar;
mod clock;
pub mod gtin;
mod id;
mod money;
mod page;
pub mod trace_number;

pub use clock::Clock;
pub use id::{Id, ParseIdError};
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, PageToken, PageTokenError};
