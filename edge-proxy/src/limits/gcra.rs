//! The generic cell rate algorithm: one time stamp for each key, the moment by
//! which the allowance is whole again.

use std::time::Duration;

/// So many calls at once, and the same number a minute in the long run.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    limit: u32,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Units left now.
    pub remaining: u32,
    /// When the allowance is whole again.
    pub reset: Duration,
    /// How long to wait, when there was no room.
    pub wait: Option<Duration>,
}

const MINUTE: u64 = 60_000_000;

impl Allowance {
    /// `limit` units a minute; 0 counts as 1, and more than one a microsecond as that.
    pub fn a_minute(limit: u32) -> Self {
        Self {
            limit: limit.clamp(1, 60_000_000),
        }
    }

    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Microseconds in which one unit comes back.
    pub fn interval(&self) -> u64 {
        MINUTE / u64::from(self.limit)
    }

    /// Microseconds in which all of them do.
    pub fn whole(&self) -> u64 {
        self.interval() * u64::from(self.limit)
    }

    /// Takes `cost` units at `now`, where the allowance will be whole at
    /// `full`; gives the new `full` when there was room. All in microseconds.
    /// A call dearer than the whole allowance takes all of it.
    pub fn take(&self, full: u64, now: u64, cost: u32) -> (Option<u64>, Taken) {
        let (interval, whole) = (self.interval(), self.whole());
        let before = full.max(now);
        let after = before + interval * u64::from(cost.min(self.limit));
        let left = |full: u64| u32::try_from((whole + now).saturating_sub(full) / interval).unwrap_or(0);
        if after - now <= whole {
            let reset = Duration::from_micros(after - now);
            return (
                Some(after),
                Taken {
                    remaining: left(after),
                    reset,
                    wait: None,
                },
            );
        }
        let taken = Taken {
            remaining: left(before),
            reset: Duration::from_micros(before - now),
            wait: Some(Duration::from_micros(after - now - whole)),
        };
        (None, taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_go_at_once_and_then_one_every_600_ms() {
        let allowance = Allowance::a_minute(100);
        let mut full = 0;
        for left in (0..100).rev() {
            let (next, taken) = allowance.take(full, 0, 1);
            full = next.expect("there is room");
            assert_eq!((taken.remaining, taken.wait), (left, None));
        }
        let (next, taken) = allowance.take(full, 0, 1);
        assert_eq!((next, taken.remaining), (None, 0));
        assert_eq!(taken.wait, Some(Duration::from_millis(600)));
        assert_eq!(taken.reset, Duration::from_secs(60));
        assert!(allowance.take(full, 599_999, 1).0.is_none());
        assert!(allowance.take(full, 600_000, 1).0.is_some());
    }

    #[test]
    fn a_call_dearer_than_everything_waits_for_everything() {
        let allowance = Allowance::a_minute(5);
        let (full, taken) = allowance.take(0, 0, 9);
        assert_eq!((full, taken.remaining), (Some(allowance.whole()), 0));
        assert_eq!(
            allowance.take(allowance.whole(), 0, 9).1.wait,
            Some(Duration::from_secs(60))
        );
    }

    proptest! {
        #[test]
        fn no_time_span_sees_more_than_the_limit_and_what_comes_back(
            limit in 1_u32..300,
            steps in prop::collection::vec((0_u64..2_000_000, 1_u32..4), 1..400),
        ) {
            let allowance = Allowance::a_minute(limit);
            let (mut now, mut full, mut units) = (0, 0, 0_u64);
            for (pause, cost) in steps {
                now += pause;
                if let (Some(next), _) = allowance.take(full, now, cost) {
                    full = next;
                    units += u64::from(cost.min(limit));
                }
                prop_assert!(units <= u64::from(limit) + now / allowance.interval());
            }
        }

        #[test]
        fn whoever_waits_as_told_has_room(limit in 1_u32..300, used in 0_u32..600, cost in 1_u32..10) {
            let allowance = Allowance::a_minute(limit);
            let full = (0..used).fold(0, |full, _| allowance.take(full, 0, 1).0.unwrap_or(full));
            if let Some(wait) = allowance.take(full, 0, cost).1.wait {
                let later = u64::try_from(wait.as_micros()).expect("within hours");
                prop_assert!(allowance.take(full, later, cost).0.is_some());
                prop_assert!(allowance.take(full, later - 1, cost).0.is_none());
            }
        }
    }
}
