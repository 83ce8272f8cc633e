//! Between the vocabulary of `xlcfi-types` and the messages that carry it.

use prost_types::Timestamp;
use time::OffsetDateTime;
use xlcfi_types::{Currency, MoneyError};

use crate::types::v1::Money;

impl From<xlcfi_types::Money> for Money {
    fn from(money: xlcfi_types::Money) -> Self {
        Self {
            currency_code: money.currency.code().to_owned(),
            minor_units: money.minor,
        }
    }
}

impl TryFrom<Money> for xlcfi_types::Money {
    type Error = MoneyError;

    fn try_from(money: Money) -> Result<Self, MoneyError> {
        Ok(Self {
            currency: Currency::from_code(&money.currency_code)?,
            minor: money.minor_units,
        })
    }
}

/// A time as messages carry it.
pub fn timestamp(time: OffsetDateTime) -> Timestamp {
    // Nanoseconds of a second always fit.
    Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or(0),
    }
}

/// A message's time; `None` when it lies outside the years 1 to 9999.
pub fn time(timestamp: Timestamp) -> Option<OffsetDateTime> {
    let nanos = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}
