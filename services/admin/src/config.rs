use serde::Deserialize;
use time::Duration;

use crate::audit::Telling;

/// The service's own settings.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// Refunds above so many won need a second person.
    #[serde(default = "hundred_thousand")]
    pub four_eyes_above: i64,
    /// How many hours a proposal waits for its second person.
    #[serde(default = "three_days")]
    proposal_hours: u16,
    /// Rows of the audit log after which its head is told.
    #[serde(default = "hundred")]
    audit_tell_rows: i64,
    /// Seconds after which its head is told, if it moved.
    #[serde(default = "minute")]
    audit_tell_seconds: u32,
}

fn hundred_thousand() -> i64 {
    100_000
}

fn three_days() -> u16 {
    72
}

fn hundred() -> i64 {
    100
}

fn minute() -> u32 {
    60
}

impl Config {
    /// When the head of the audit log is told.
    pub fn telling(&self) -> Telling {
        Telling {
            rows: self.audit_tell_rows,
            time: Duration::seconds(self.audit_tell_seconds.into()),
        }
    }

    /// How long a proposal waits for its second person.
    pub fn proposal_life(&self) -> Duration {
        Duration::hours(self.proposal_hours.into())
    }
}
