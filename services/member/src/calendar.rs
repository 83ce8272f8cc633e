//! Days and months of Korea.

use time::{Date, OffsetDateTime};
use xlcfi_types::calendar::{SEOUL, parse_month, seoul_date, seoul_midnight};

/// From which hour on the nightly work of a day is due.
const NIGHT: u8 = 3;

/// The latest day whose nightly work is due.
pub fn night_due(now: OffsetDateTime) -> Option<Date> {
    let today = seoul_date(now);
    match now.to_offset(SEOUL).hour() >= NIGHT {
        true => Some(today),
        false => today.previous_day(),
    }
}

/// The next hour at which nightly work begins.
pub fn next_night(now: OffsetDateTime) -> OffsetDateTime {
    let tonight = seoul_midnight(seoul_date(now)) + time::Duration::hours(NIGHT.into());
    match now < tonight {
        true => tonight,
        false => tonight + time::Duration::DAY,
    }
}

/// Beginning and end of a month like `2026-11`.
pub fn month(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let begin = seoul_midnight(parse_month(text)?);
    Some((begin, end_of_month(begin)?))
}

/// The beginning of the month after the one that begins then.
pub fn end_of_month(begin: OffsetDateTime) -> Option<OffsetDateTime> {
    let first = seoul_date(begin);
    let days = first.month().length(first.year());
    Some(seoul_midnight(
        first.checked_add(time::Duration::days(days.into()))?,
    ))
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_in_korea() {
        let december = month("2026-12").expect("a month");
        assert_eq!(
            december,
            (datetime!(2026-12-01 0:00 +9), datetime!(2027-01-01 0:00 +9))
        );
        assert_eq!(
            month("2024-02").map(|(_, end)| end),
            Some(datetime!(2024-03-01 0:00 +9))
        );
        assert_eq!(
            (month("2026-13"), month("9999-12"), month("x")),
            (None, None, None)
        );
    }

    #[test]
    fn a_night_begins_at_three() {
        let early = datetime!(2026-11-22 2:59 +9);
        assert_eq!(night_due(early), Some(date!(2026 - 11 - 21)));
        assert_eq!(next_night(early), datetime!(2026-11-22 3:00 +9));
        let late = datetime!(2026-11-22 3:00 +9);
        assert_eq!(night_due(late), Some(date!(2026 - 11 - 22)));
        assert_eq!(next_night(late), datetime!(2026-11-23 3:00 +9));
    }
}
