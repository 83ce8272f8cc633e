#![doc = include_str!("../README.md")]

mod clock;
mod id;
mod money;
mod page;

pub use clock::Clock;
pub use id::{Id, ParseIdError};
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, PageToken, PageTokenError};
