use serde::Deserialize;
use time::Duration;

/// The service's own settings.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Config {
    /// Refunds above so many won need a second person.
    #[serde(default = "hundred_thousand")]
    pub four_eyes_above: i64,
    /// How many hours a proposal waits for its second person.
    #[serde(default = "three_days")]
    proposal_hours: u16,
}

fn hundred_thousand() -> i64 {
    100_000
}

fn three_days() -> u16 {
    72
}

impl Config {
    /// How long a proposal waits for its second person.
    pub fn proposal_life(&self) -> Duration {
        Duration::hours(self.proposal_hours.into())
    }
}
