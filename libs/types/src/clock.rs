use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// Where the time comes from: the machine, or a test.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<OffsetDateTime>>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `now` until it is [advanced](Self::advance).
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self(Some(Arc::new(Mutex::new(now))))
    }

    /// The time now, in UTC, cut to the microseconds a database keeps.
    pub fn now(&self) -> OffsetDateTime {
        let now = match &self.0 {
            None => OffsetDateTime::now_utc(),
            Some(fixed) => *fixed.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000))
    }

    /// Moves a fixed clock; the machine's is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(fixed) = &self.0 {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}
