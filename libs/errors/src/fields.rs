//! Fields every service reads, from the text a message carries them as.

use time::Date;
use uuid::Uuid;
use xlcfi_types::calendar::parse_date;
use xlcfi_types::{Id, Page};

use crate::Invalid;

/// An id.
///
/// # Errors
/// The text is no UUID.
pub fn id<T>(field: &str, text: &str) -> Result<Id<T>, Invalid> {
    uuid(field, text).map(Id::from_uuid)
}

/// An id that may be left out.
///
/// # Errors
/// The text is neither empty nor a UUID.
pub fn optional_id<T>(field: &str, text: &str) -> Result<Option<Id<T>>, Invalid> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

/// A UUID that is nobody's id, for example of a request.
///
/// # Errors
/// The text is no UUID.
pub fn uuid(field: &str, text: &str) -> Result<Uuid, Invalid> {
    text.parse().map_err(|_| Invalid::field(field, "must be a UUID"))
}

/// A UUID that may be left out.
///
/// # Errors
/// The text is neither empty nor a UUID.
pub fn optional_uuid(field: &str, text: &str) -> Result<Option<Uuid>, Invalid> {
    Ok(optional_id::<()>(field, text)?.map(Id::uuid))
}

/// The `request_id` a caller gave its request; `None` when the call is a new act each time.
///
/// # Errors
/// The text is neither empty nor a UUID.
pub fn request_id(text: &str) -> Result<Option<Uuid>, Invalid> {
    optional_uuid("request_id", text)
}

/// A day.
///
/// # Errors
/// The text names no day as contracts write it.
pub fn date(field: &str, text: &str) -> Result<Date, Invalid> {
    parse_date(text).map_err(|error| Invalid::field(field, error.to_string()))
}

/// A day that may be left out.
///
/// # Errors
/// The text is not empty and names no day.
pub fn optional_date(field: &str, text: &str) -> Result<Option<Date>, Invalid> {
    if text.is_empty() {
        Ok(None)
    } else {
        date(field, text).map(Some)
    }
}

/// The page a list request asks for by `page_size` and `page_token`.
///
/// # Errors
/// The token is none of ours.
pub fn page(size: i32, token: &str) -> Result<Page, Invalid> {
    Page::parse(size, token).map_err(|error| Invalid::field("page_token", error.to_string()))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        assert_eq!(
            id::<()>("order_id", "7"),
            Err(Invalid::field("order_id", "must be a UUID"))
        );
        assert_eq!(optional_id::<()>("order_id", ""), Ok(None));
        assert!(optional_id::<()>("order_id", "7").is_err());
        assert_eq!(request_id(""), Ok(None));
        assert_eq!(
            request_id("7"),
            Err(Invalid::field("request_id", "must be a UUID"))
        );
        assert_eq!(date("day", "2026-11-22"), Ok(date!(2026 - 11 - 22)));
        assert_eq!(
            date("day", "2026-02-29"),
            Err(Invalid::field(
                "day",
                "must be a day of the calendar, as in 2026-11-22"
            ))
        );
        assert_eq!(optional_date("day", ""), Ok(None));
        assert!(optional_date("day", "2026-02-29").is_err());
        let wrong = page(10, "nonsense").expect_err("a token of nobody");
        assert!(wrong.to_string().contains("page_token"), "{wrong}");
    }
}
