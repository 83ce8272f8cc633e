//! All SQL of the service. The owner is always an argument.

pub mod addresses;
pub mod holds;
pub mod members;
pub mod points;
pub mod purchases;

/// A value of a row that only a bug can have written.
fn corrupt(column: &'static str, value: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} holds `{value}`").into())
}
