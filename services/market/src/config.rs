use std::time::Duration;

use serde::Deserialize;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Milliseconds after which a forecast tries no further model.
    #[serde(default = "two_seconds")]
    pub forecast_budget_ms: u64,
    /// Forecasts made at once.
    #[serde(default = "two")]
    pub forecasts_at_once: usize,
}

impl Config {
    /// Time after which a forecast tries no further model.
    pub fn budget(&self) -> Duration {
        Duration::from_millis(self.forecast_budget_ms)
    }
}

fn two_seconds() -> u64 {
    2_000
}

fn two() -> usize {
    2
}
