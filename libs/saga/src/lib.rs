#![doc = include_str!("../README.md")]

mod console;
mod definition;
mod engine;
mod error;
mod moves;
mod participant;
mod store;
mod timers;
mod turn;

pub use console::Console;
pub use definition::{Reversal, Saga, Step, any};
pub use engine::Engine;
pub use error::SagaError;
pub use moves::Phase;
pub use participant::{Answer, Participant, Participation, answer};
pub use xlcfi_contracts::saga::v1::{Command, Direction, Refusal};

/// Brings the schema `saga` of a database up to date; needs
/// `xlcfi_events::MIGRATIONS` before it.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();
