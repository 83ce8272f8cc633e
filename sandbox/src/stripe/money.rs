//! Fees, minimums and the days on which money becomes available.

use time::{Duration, OffsetDateTime, Time, Weekday};

/// The fee in thousandths, and the smallest and largest amount, in minor units.
const FEE: i64 = 36;
pub(super) const MOST: i64 = 99_999_999;

/// Currencies the sandbox knows, with the least amount in minor units. Those without decimals are in whole units.
const CURRENCIES: [(&str, i64); 10] = [
    ("aud", 50),
    ("cad", 50),
    ("cny", 100),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("jpy", 50),
    ("krw", 100),
    ("sgd", 50),
    ("usd", 50),
];

/// The least amount of a currency, by its code in either case.
pub(super) fn least(currency: &str) -> Option<(&'static str, i64)> {
    CURRENCIES
        .into_iter()
        .find(|(code, _)| code.eq_ignore_ascii_case(currency))
}

/// What is kept of a charge: 3.6 %, rounded to the nearest minor unit, half up.
pub(super) fn fee(amount: i64) -> i64 {
    (amount * FEE + 500) / 1_000
}

/// The first moment (UTC) of the day that is `days` working days later; holidays are not known.
pub(super) fn working_days_later(at: OffsetDateTime, days: u8) -> OffsetDateTime {
    let (mut date, mut left) = (at.to_offset(time::UtcOffset::UTC).date(), days);
    while left > 0 {
        date = date.saturating_add(Duration::DAY);
        if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    date.with_time(Time::MIDNIGHT).assume_utc()
}

/// The next day's first moment (UTC).
pub(super) fn tomorrow(at: OffsetDateTime) -> OffsetDateTime {
    let today = at.to_offset(time::UtcOffset::UTC).date();
    today
        .saturating_add(Duration::DAY)
        .with_time(Time::MIDNIGHT)
        .assume_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_fee_is_rounded_to_the_nearest() {
        assert_eq!(
            [fee(10_000), fee(100), fee(14), fee(13), fee(MOST)],
            [360, 4, 1, 0, 3_600_000]
        );
    }

    #[test]
    fn money_is_available_after_two_working_days() {
        let monday = datetime!(2026-01-05 23:59 UTC);
        assert_eq!(working_days_later(monday, 2), datetime!(2026-01-07 00:00 UTC));
        let friday = datetime!(2026-01-09 00:00 UTC);
        assert_eq!(working_days_later(friday, 2), datetime!(2026-01-13 00:00 UTC));
        assert_eq!(tomorrow(monday), datetime!(2026-01-06 00:00 UTC));
    }

    #[test]
    fn currencies_go_by_either_case() {
        assert_eq!(least("KRW"), Some(("krw", 100)));
        assert_eq!(least("zzz"), None);
    }
}
