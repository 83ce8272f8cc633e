//! One walk through what a source has.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Id;
use xlcfi_types::calendar::{seoul_date, seoul_midnight};

/// Names runs.
#[derive(Debug, Clone, Copy)]
pub enum RunName {}
pub type RunId = Id<RunName>;

/// Failures in a row after which a run gives up.
const MOST_FAILURES: i32 = 8;
/// Longest wait for a source that is away.
const LONGEST_WAIT: Duration = Duration::HOUR;

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RunKind {
    Scheduled,
    Manual,
    Backfill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RunState {
    Running,
    Waiting,
    Done,
    Failed,
    Cancelled,
}

/// Where a run goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// By rows, counted from 1. `total` is what the source said at the first page of this pass: where it says otherwise
    /// at the last one, rows moved meanwhile, and another pass finds those that were missed.
    Rows {
        next: usize,
        total: Option<usize>,
        pass: u8,
    },
    /// By days, both included.
    Days { next: Date, last: Date },
    /// By the place in a list of our own.
    List { next: usize },
}

impl Position {
    /// Where a walk through rows begins.
    pub const FIRST_ROW: Self = Self::Rows {
        next: 1,
        total: None,
        pass: 1,
    };
}

#[derive(Debug, Clone)]
pub struct Run {
    pub run_id: RunId,
    pub job: String,
    pub kind: RunKind,
    pub state: RunState,
    pub problem: String,
    pub from_date: Option<Date>,
    pub to_date: Option<Date>,
    pub position: Option<Position>,
    pub pages_done: i32,
    pub pages_total: i32,
    pub calls: i32,
    pub rows_read: i64,
    pub rows_new: i64,
    pub rows_changed: i64,
    pub rows_quarantined: i64,
    pub failures: i32,
    pub create_time: OffsetDateTime,
    pub progress_time: Option<OffsetDateTime>,
    pub resume_time: Option<OffsetDateTime>,
    pub end_time: Option<OffsetDateTime>,
}

/// Who asked for a run, and how the request is named.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub by: Uuid,
    pub request_id: Uuid,
}

/// Why a page did not come. No text of it holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the source is away: {0}")]
    Away(String),
    #[error("the calls of the day are used up")]
    Quota,
    #[error("the source refuses the key: {0}")]
    KeyRefused(String),
    #[error("the source refuses what was asked: {0}")]
    Refused(String),
    #[error("the source has no rows, and had some; nothing was changed")]
    Emptied,
}

/// What becomes of a run that met trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on then.
    Wait(OffsetDateTime),
    Fail,
    /// It fails, and so would every other.
    FailAndPause,
}

/// What becomes of a run after so many failures in a row, this one included.
pub fn judge(trouble: &Trouble, failures: i32, now: OffsetDateTime) -> Verdict {
    match trouble {
        Trouble::Quota => Verdict::Wait(tomorrow(now)),
        Trouble::KeyRefused(_) => Verdict::FailAndPause,
        Trouble::Refused(_) | Trouble::Emptied => Verdict::Fail,
        Trouble::Away(_) if failures >= MOST_FAILURES => Verdict::Fail,
        Trouble::Away(_) => {
            let doubled = Duration::MINUTE * 2_i32.pow(failures.clamp(1, 10).unsigned_abs() - 1);
            Verdict::Wait(now + doubled.min(LONGEST_WAIT))
        }
    }
}

/// A little after the next day begins in Seoul, as no two clocks agree.
fn tomorrow(now: OffsetDateTime) -> OffsetDateTime {
    seoul_midnight(seoul_date(now).saturating_add(Duration::DAY)) + Duration::minutes(5)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_source_that_is_away_is_asked_less_and_less_and_then_no_more() {
        let now = datetime!(2026-11-22 00:00 UTC);
        let away = Trouble::Away("HTTP 500".into());
        let waits: Vec<i64> = (1..MOST_FAILURES)
            .map(|failures| match judge(&away, failures, now) {
                Verdict::Wait(until) => (until - now).whole_minutes(),
                verdict => panic!("{verdict:?}"),
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60]);
        assert_eq!(judge(&away, MOST_FAILURES, now), Verdict::Fail);
    }

    #[test]
    fn a_used_up_quota_waits_for_the_next_day_in_seoul() {
        let late = datetime!(2026-11-22 14:59 UTC);
        let wait = judge(&Trouble::Quota, 1, late);
        assert_eq!(wait, Verdict::Wait(datetime!(2026-11-22 15:05 UTC)));
        assert_eq!(
            judge(&Trouble::KeyRefused(String::new()), 1, late),
            Verdict::FailAndPause
        );
        assert_eq!(judge(&Trouble::Refused(String::new()), 1, late), Verdict::Fail);
    }

    #[test]
    fn a_position_is_kept_as_json() {
        for position in [
            Position::FIRST_ROW,
            Position::Days {
                next: time::macros::date!(2026 - 01 - 02),
                last: time::macros::date!(2026 - 11 - 22),
            },
            Position::List { next: 100 },
        ] {
            let kept = serde_json::to_value(&position).expect("JSON");
            assert_eq!(
                serde_json::from_value::<Position>(kept).expect("a position"),
                position
            );
        }
    }
}
