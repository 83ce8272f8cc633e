//! All SQL of the service.

pub mod anchors;
pub mod chains;
pub mod log;
pub mod log_checkpoints;
pub mod log_lots;
pub mod log_tree;
pub mod trace;

/// A number that is never negative, as PostgreSQL keeps it.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn bytes<const N: usize>(column: &'static str, bytes: Vec<u8>) -> Result<[u8; N], sqlx::Error> {
    bytes
        .try_into()
        .map_err(|_| sqlx::Error::Decode(format!("{column} is not {N} bytes").into()))
}
