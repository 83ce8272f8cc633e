//! The monthly statement of a business buyer (거래명세서).

mod page;

use time::{Date, Duration, OffsetDateTime};
use xlcfi_types::calendar::{seoul_date, seoul_midnight};

use crate::credit::CreditLine;
use crate::line::{Line, Part};
use crate::store::statement::{Came, Moved};

pub use page::page;

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    pub name: String,
    pub registration_number: String,
    pub representative: String,
    pub address: String,
}

/// What happened in a month.
#[derive(Debug)]
pub struct Statement {
    /// The buyer.
    pub line: CreditLine,
    /// Its first day.
    pub month: Date,
    /// Owed before it; below zero when more was paid.
    pub carried: i64,
    pub rows: Vec<Row>,
    pub paid: Vec<Came>,
    /// When it was made.
    pub made: OffsetDateTime,
}

/// A line of an order; below zero when it was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub day: Date,
    /// The order, short.
    pub order: String,
    pub title: String,
    pub sums: Sums,
}

/// What an amount is made of, in won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Value of what is taxed, without the tax (공급가액).
    pub supply: i64,
    /// Its value added tax (세액).
    pub tax: i64,
    /// What bears no tax (면세).
    pub exempt: i64,
}

impl Sums {
    /// Of an amount with its tax in it: one eleventh, rounded to the nearest won.
    pub fn of(amount: i64, tax_exempt: bool) -> Self {
        if tax_exempt {
            return Self {
                exempt: amount,
                ..Self::default()
            };
        }
        let tax = (amount.abs() * 2 + 11) / 22 * amount.signum();
        Self {
            supply: amount - tax,
            tax,
            exempt: 0,
        }
    }

    /// All of it.
    pub fn total(self) -> i64 {
        self.supply + self.tax + self.exempt
    }
}

impl std::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            supply: sum.supply + one.supply,
            tax: sum.tax + one.tax,
            exempt: sum.exempt + one.exempt,
        })
    }
}

impl Statement {
    /// What was ordered less what was given back.
    pub fn ordered(&self) -> Sums {
        self.rows.iter().map(|row| row.sums).sum()
    }

    pub fn paid(&self) -> i64 {
        self.paid.iter().map(|came| came.amount).sum()
    }

    /// Owed after it.
    pub fn balance(&self) -> i64 {
        self.carried + self.ordered().total() - self.paid()
    }

    /// The last day it tells of.
    pub fn until(&self) -> Date {
        let last = next_month(self.month) - Duration::days(1);
        last.min(seoul_date(self.made)).max(self.month)
    }
}

/// From when until before when the month that begins with this day is, in Korea.
pub fn bounds(month: Date) -> (OffsetDateTime, OffsetDateTime) {
    (seoul_midnight(month), seoul_midnight(next_month(month)))
}

fn next_month(month: Date) -> Date {
    let later = month.saturating_add(Duration::days(31));
    later.replace_day(1).unwrap_or(later)
}

/// The rows of orders and refunds.
pub fn rows(moved: &[Moved]) -> Vec<Row> {
    let mut rows = Vec::new();
    for moved in moved {
        let order = moved.order_id.simple().to_string();
        let mut add = |line: &Line, amount: i64| {
            let sums = Sums::of(amount, line.tax_exempt);
            rows.push(Row {
                day: seoul_date(moved.time),
                // Ids of one time begin alike.
                order: order.chars().skip(20).collect(),
                title: line.title.clone(),
                sums,
            });
        };
        match &moved.parts {
            None => moved.lines.iter().for_each(|line| add(line, line.amount)),
            Some(parts) => parts.iter().for_each(|part: &Part| {
                if let Some(line) = moved.lines.iter().find(|line| line.line == part.line) {
                    add(line, -part.amount);
                }
            }),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_month_is_one_of_korea() {
        assert_eq!(
            bounds(date!(2026 - 12 - 01)),
            (datetime!(2026-11-30 15:00 UTC), datetime!(2026-12-31 15:00 UTC))
        );
    }

    #[test]
    fn tax_is_an_eleventh_and_goes_back_as_it_came() {
        let sums = |supply, tax, exempt| Sums { supply, tax, exempt };
        assert_eq!(Sums::of(11_000, false), sums(10_000, 1_000, 0));
        assert_eq!(Sums::of(100, false), sums(91, 9, 0));
        assert_eq!(Sums::of(105, false), sums(95, 10, 0));
        assert_eq!(Sums::of(105, true), sums(0, 0, 105));
        assert_eq!(Sums::of(-105, false), sums(-95, -10, 0));
    }

    proptest! {
        #[test]
        fn no_won_is_lost_to_the_tax(amount in -1_000_000_000i64..1_000_000_000, exempt: bool) {
            prop_assert_eq!(Sums::of(amount, exempt).total(), amount);
        }
    }
}
