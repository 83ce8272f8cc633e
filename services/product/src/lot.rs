use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime};
use xlcfi_types::Id;

use crate::product::Product;

/// Goods received together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    pub lot_id: Id<Lot>,
    pub product_id: Id<Product>,
    pub supplier_lot: String,
    pub received: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub sold: i64,
    pub use_by: Option<Date>,
    pub origin: String,
    pub receive_time: OffsetDateTime,
}

/// What can be ordered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    pub available: i64,
    pub reserved: i64,
    pub earliest_use_by: Option<Date>,
}

/// The date in Korea, where use-by dates count.
pub fn seoul_date(now: OffsetDateTime) -> Date {
    now.to_offset(offset!(+9)).date()
}

/// A use-by date as the contract writes it; `""` for none.
///
/// # Errors
/// No such day, or one before `today`.
pub fn parse_use_by(text: &str, today: Date) -> Result<Option<Date>, UseByDateInvalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let date =
        Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| UseByDateInvalid)?;
    if date < today {
        Err(UseByDateInvalid)
    } else {
        Ok(Some(date))
    }
}

/// The use-by date is no day, or one that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the use-by date must be a day of the calendar, today or later in Korea")]
pub struct UseByDateInvalid;

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn a_day_begins_at_midnight_in_korea() {
        assert_eq!(
            seoul_date(datetime!(2026-11-22 14:59:59 UTC)),
            date!(2026 - 11 - 22)
        );
        assert_eq!(seoul_date(datetime!(2026-11-22 15:00 UTC)), date!(2026 - 11 - 23));
    }

    #[test]
    fn a_use_by_date_is_a_day_that_has_not_passed() {
        let today = date!(2026 - 11 - 22);
        assert_eq!(parse_use_by("", today), Ok(None));
        assert_eq!(parse_use_by("2026-11-22", today), Ok(Some(today)));
        assert_eq!(parse_use_by("2028-02-29", today), Ok(Some(date!(2028 - 02 - 29))));
        for bad in ["2026-11-21", "2027-02-29", "2026-13-01", "0000-00-00", "x"] {
            assert_eq!(parse_use_by(bad, today), Err(UseByDateInvalid), "{bad}");
        }
    }
}
