#![doc = include_str!("../README.md")]

mod bus;
mod consumer;
mod database;
mod follow;
mod inbox;
mod lease;
mod message;
mod outbox;
mod parking;
mod relay;
mod trace;
mod watchers;
mod worker;

pub use bus::{Bus, BusError, Stream};
pub use consumer::{Consumer, Failure, Handler};
pub use database::{Database, Tx};
pub use follow::{Extent, Followed};
pub use lease::Lease;
pub use message::Message;
pub use outbox::{Outgoing, append, append_each, append_each_to, append_to};
pub use parking::redrive;
pub use relay::Relay;
pub use watchers::{Changes, Watchers};

/// Brings the schema `events` of a database up to date.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();
