use serde::Deserialize;
use time::Duration;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Config {
    /// How long stock stays reserved for an order that is not paid, in seconds.
    #[serde(default = "ten_minutes")]
    reservation_seconds: u32,
}

fn ten_minutes() -> u32 {
    600
}

impl Config {
    /// From the order on, how long its stock stays reserved.
    pub(crate) fn reservation(&self) -> Duration {
        Duration::seconds(i64::from(self.reservation_seconds))
    }

    /// From the order on, how long it may be paid: a little less than the
    /// reservation, so that what is paid can still be committed.
    pub(crate) fn payment_window(&self) -> Duration {
        self.reservation() * 19 / 20
    }
}
