//! Between the vocabulary of `xlcfi-types` and the messages that carry it.

use prost_types::Timestamp;
use time::OffsetDateTime;
use xlcfi_types::{Currency, MoneyError};

use crate::product::v1::{Product, UpdateProductRequest};
use crate::types::v1::Money;

impl From<xlcfi_types::Money> for Money {
    fn from(money: xlcfi_types::Money) -> Self {
        Self {
            currency_code: money.currency.code().to_owned(),
            minor_units: money.minor,
        }
    }
}

impl TryFrom<&Money> for xlcfi_types::Money {
    type Error = MoneyError;

    fn try_from(money: &Money) -> Result<Self, MoneyError> {
        Ok(Self {
            currency: Currency::from_code(&money.currency_code)?,
            minor: money.minor_units,
        })
    }
}

/// The update that leaves a product as it is, to be changed where it shall differ.
impl From<Product> for UpdateProductRequest {
    fn from(product: Product) -> Self {
        Self {
            product_id: product.product_id,
            version: product.version,
            category_id: product.category_id,
            name: product.name,
            name_en: product.name_en,
            description: product.description,
            unit: product.unit,
            content: product.content,
            origin: product.origin,
            storage: product.storage,
            allergens: product.allergens,
            tax: product.tax,
            prices: product.prices,
            variant: product.variant,
            attributes: product.attributes,
            image_ids: product.image_ids,
            gtin: product.gtin,
            report_number: product.report_number,
            licence_number: product.licence_number,
            promised_days: product.promised_days,
            near_expiry: product.near_expiry,
            ingredients_text: product.ingredients_text,
        }
    }
}

/// Won as messages carry them.
pub fn won(won: i64) -> Money {
    xlcfi_types::Money::won(won).into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_from_their_messages() {
        for nanos in [1_795_309_323_456_789_000, -500_000_000, 0] {
            let there = OffsetDateTime::from_unix_timestamp_nanos(nanos).expect("a time");
            assert_eq!(time(timestamp(there)), Some(there));
        }
        let never = Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(time(never), None);
    }

    #[test]
    fn money_comes_back_from_its_message() {
        let price = xlcfi_types::Money::won(23_000);
        let message = won(23_000);
        assert_eq!(
            (message.currency_code.as_str(), message.minor_units),
            ("KRW", 23_000)
        );
        assert_eq!(xlcfi_types::Money::try_from(&message), Ok(price));
        assert!(xlcfi_types::Money::try_from(&Money::default()).is_err());
    }
}
