//! The sandbox's own time: the machine's clock plus an offset that only grows.

use serde::{Deserialize, Serialize};
use time::format_description::BorrowedFormatItem;
use time::macros::{format_description, offset};
use time::{Date, Duration, OffsetDateTime, UtcOffset};

const KST: UtcOffset = offset!(+9);
const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+09:00");
const MICROS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Ten years: the furthest the clock may be moved in all.
const FURTHEST_SECONDS: i64 = 10 * 366 * 86_400;

/// How far the sandbox is ahead of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    pub offset_seconds: i64,
}

impl Clock {
    pub(crate) fn now(self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + Duration::seconds(self.offset_seconds)
    }

    /// The clock moved on; none when that would go back or beyond ten years.
    pub(crate) fn advanced(self, seconds: i64) -> Option<Clock> {
        let offset_seconds = self.offset_seconds.checked_add(seconds)?;
        (seconds >= 0 && offset_seconds <= FURTHEST_SECONDS).then_some(Clock { offset_seconds })
    }
}

/// `2022-01-01T00:00:00+09:00`.
pub(crate) fn kst(at: OffsetDateTime) -> String {
    at.to_offset(KST).format(SECONDS).unwrap_or_default()
}

/// `2022-01-01T00:00:00.000000`, Korean time without saying so.
pub(crate) fn kst_without_zone(at: OffsetDateTime) -> String {
    at.to_offset(KST).format(MICROS).unwrap_or_default()
}

/// The Korean calendar day.
pub(crate) fn kst_day(at: OffsetDateTime) -> Date {
    at.to_offset(KST).date()
}

/// `2022-01-01`.
pub(crate) fn day(date: Date) -> String {
    date.format(DAY).unwrap_or_default()
}

/// Reads `2022-01-01`.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    Date::parse(text, DAY).ok()
}

/// Reads a Korean time without zone: `2022-01-01T00:00:00`, with or without a fraction, or a bare day (its first moment).
pub(crate) fn parse_kst(text: &str) -> Option<OffsetDateTime> {
    let (day, clock) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let clock = time::Time::parse(clock, format_description!("[hour]:[minute]:[second].[subsecond]"))
        .or_else(|_| time::Time::parse(clock, format_description!("[hour]:[minute]:[second]")))
        .ok()?;
    Some(parse_day(day)?.with_time(clock).assume_offset(KST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_written_in_korea() {
        let at = datetime!(2025-12-31 15:00:01.5 UTC);
        assert_eq!(kst(at), "2026-01-01T00:00:01+09:00");
        assert_eq!(kst_without_zone(at), "2026-01-01T00:00:01.500000");
        assert_eq!(day(kst_day(at)), "2026-01-01");
    }

    #[test]
    fn times_are_read_in_korea() {
        assert_eq!(
            parse_kst("2026-01-01T00:00:01"),
            Some(datetime!(2025-12-31 15:00:01 UTC))
        );
        assert_eq!(
            parse_kst("2026-01-01T00:00:01.250"),
            Some(datetime!(2025-12-31 15:00:01.25 UTC))
        );
        assert_eq!(parse_kst("2026-01-01"), Some(datetime!(2025-12-31 15:00 UTC)));
        assert_eq!(parse_kst("2026-13-01"), None);
        assert_eq!(parse_kst("yesterday"), None);
    }

    #[test]
    fn the_clock_only_moves_forward() {
        let clock = Clock::default();
        assert_eq!(clock.advanced(60), Some(Clock { offset_seconds: 60 }));
        assert_eq!(clock.advanced(-1), None);
        assert_eq!(clock.advanced(i64::MAX), None);
    }
}
