//! What events and commands of other services tell, or which of it is no use: no caller is there
//! to be told, so the first that is wrong stands for all.

use prost_types::Timestamp;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Id;
use xlcfi_types::calendar::parse_date;

use crate::convert;

/// A message from another service that cannot be understood, by what it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message without a usable {0}")]
pub struct Malformed(pub &'static str);

/// An id.
///
/// # Errors
/// The text is no UUID.
pub fn id<T>(field: &'static str, text: &str) -> Result<Id<T>, Malformed> {
    text.parse().map_err(|_| Malformed(field))
}

/// An id that may be left out.
///
/// # Errors
/// The text is neither empty nor a UUID.
pub fn optional_id<T>(field: &'static str, text: &str) -> Result<Option<Id<T>>, Malformed> {
    match text {
        "" => Ok(None),
        text => id(field, text).map(Some),
    }
}

/// A UUID, of whatever it is.
///
/// # Errors
/// The text is no UUID.
pub fn uuid(field: &'static str, text: &str) -> Result<Uuid, Malformed> {
    id::<()>(field, text).map(Id::uuid)
}

/// A time.
///
/// # Errors
/// There is none, or it lies outside the years 1 to 9999.
pub fn time(field: &'static str, time: Option<Timestamp>) -> Result<OffsetDateTime, Malformed> {
    time.and_then(convert::time).ok_or(Malformed(field))
}

/// A day that may be left out.
///
/// # Errors
/// The text is neither empty nor a day of the calendar.
pub fn optional_date(field: &'static str, text: &str) -> Result<Option<Date>, Malformed> {
    match text {
        "" => Ok(None),
        text => parse_date(text).map(Some).map_err(|_| Malformed(field)),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn what_cannot_be_understood_is_told_by_its_field() {
        let wrong = uuid("order_id", "7").expect_err("no UUID");
        assert_eq!(wrong.to_string(), "a message without a usable order_id");
        assert_eq!(time("time", None), Err(Malformed("time")));
        assert_eq!(optional_date("use_by_date", "x"), Err(Malformed("use_by_date")));
    }

    #[test]
    fn what_is_told_is_read() {
        let own = Id::<()>::new();
        assert_eq!(id("order_id", &own.to_string()), Ok(own));
        assert_eq!(uuid("order_id", &own.to_string()), Ok(own.uuid()));
        assert_eq!(optional_id::<()>("order_id", ""), Ok(None));
        let epoch = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(time("time", Some(convert::timestamp(epoch))), Ok(epoch));
        assert_eq!(optional_date("use_by_date", ""), Ok(None));
        let day = date!(2026 - 11 - 22);
        assert_eq!(optional_date("use_by_date", "2026-11-22"), Ok(Some(day)));
    }
}
