//! Days as they are counted in Korea and as contracts write them.
//!
//! A [`Date`] displays as contracts write it, `2026-11-22`; [`parse_date`] reads that.

use time::macros::{format_description, offset};
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// How far Seoul is from UTC, all year round.
pub const SEOUL: UtcOffset = offset!(+9);

/// The day it is in Seoul.
pub fn seoul_date(at: OffsetDateTime) -> Date {
    at.to_offset(SEOUL).date()
}

/// The first moment of a day in Seoul.
pub fn seoul_midnight(day: Date) -> OffsetDateTime {
    day.midnight().assume_offset(SEOUL)
}

/// The text is no day as contracts write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day of the calendar, as in 2026-11-22")]
pub struct ParseDateError;

/// The day such a text names.
///
/// # Errors
/// The calendar has no such day.
pub fn parse_date(text: &str) -> Result<Date, ParseDateError> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| ParseDateError)
}

/// The first day of a month such as `2026-11`; `None` when there is no such month.
pub fn parse_month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, 1).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_seoul() {
        let day = date!(2026 - 01 - 01);
        assert_eq!(seoul_midnight(day), datetime!(2025-12-31 15:00 UTC));
        assert_eq!(seoul_date(datetime!(2025-12-31 15:00 UTC)), day);
        assert_eq!(
            seoul_date(datetime!(2025-12-31 14:59:59 UTC)),
            date!(2025 - 12 - 31)
        );
    }

    #[test]
    fn a_day_is_written_and_read() {
        let day = date!(2027 - 01 - 05);
        assert_eq!(day.to_string(), "2027-01-05");
        assert_eq!(parse_date("2027-01-05"), Ok(day));
        assert_eq!(parse_date("2028-02-29"), Ok(date!(2028 - 02 - 29)));
        for bad in ["", "x", "2027-02-29", "2026-13-01", "0000-00-00", "20270105"] {
            assert_eq!(parse_date(bad), Err(ParseDateError), "{bad}");
        }
    }

    #[test]
    fn a_month_is_read() {
        assert_eq!(parse_month("2026-11"), Some(date!(2026 - 11 - 01)));
        assert_eq!((parse_month("2026-13"), parse_month("x")), (None, None));
    }
}
