//! What a PG has booked of a day.

use strum::{EnumString, IntoStaticStr};
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, Time};

/// One movement of money in a PG's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The PG's key of it.
    pub key: String,
    /// The PG's key of the payment; empty when it is of none.
    pub pg_key: String,
    /// The order, where the PG says it.
    pub order_id: String,
    pub kind: Kind,
    /// Minor units. Above zero, but for a payout that was taken back.
    pub amount: i64,
    /// ISO 4217, upper case.
    pub currency: String,
    /// What the PG kept for it, in the same currency; below zero when it was given
    /// back. `None` where the PG does not say it yet.
    pub fee: Option<i64>,
    pub at: OffsetDateTime,
}

/// What a movement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// The money of a payment was taken.
    Capture,
    /// Some of it was given back.
    Refund,
    /// What was given back did not arrive, and the shop has it again.
    RefundReturned,
    /// What was paid out of one of the others.
    Payout,
    /// What is known to no other name.
    Other,
}

/// First moment of a Korean calendar day.
pub fn begin_of(day: Date) -> OffsetDateTime {
    day.with_time(Time::MIDNIGHT).assume_offset(offset!(+9))
}

/// The Korean calendar day of a moment.
pub fn day_of(at: OffsetDateTime) -> Date {
    at.to_offset(offset!(+9)).date()
}

/// A day as ISO 8601 writes it.
pub fn day_text(day: Date) -> String {
    day.format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_default()
}

/// The day of such a text.
pub fn read_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_korea() {
        let day = date!(2026 - 01 - 01);
        assert_eq!(begin_of(day), datetime!(2025-12-31 15:00 UTC));
        assert_eq!(day_of(datetime!(2025-12-31 15:00 UTC)), day);
        assert_eq!(day_of(datetime!(2025-12-31 14:59:59 UTC)), date!(2025 - 12 - 31));
    }

    #[test]
    fn a_day_is_written_and_read() {
        let day = date!(2026 - 01 - 09);
        assert_eq!(day_text(day), "2026-01-09");
        assert_eq!(read_day("2026-01-09"), Some(day));
        assert_eq!(read_day("2026-02-30"), None);
    }
}
