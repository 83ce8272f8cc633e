//! How many days goods have left, and how many they must have.

use time::Date;

/// Days left that goods may have, today being 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// At least so many.
    pub minimum: i32,
    /// At most so many; `None` for any number, and for goods without a date.
    pub maximum: Option<i32>,
}

/// Sales units that have one use-by date, over all lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// `None` for goods without a date.
    pub use_by: Option<Date>,
    pub units: i64,
}

impl Window {
    /// At least `minimum` days left.
    pub fn from(minimum: i32) -> Self {
        Self {
            minimum,
            maximum: None,
        }
    }

    /// Whether goods with this last day are within. Those past it never are.
    pub fn admits(self, use_by: Option<Date>, today: Date) -> bool {
        match use_by {
            None => self.maximum.is_none(),
            Some(date) => {
                let left = days_left(date, today);
                left >= i64::from(self.minimum.max(0))
                    && self.maximum.is_none_or(|most| left <= i64::from(most))
            }
        }
    }

    /// Units within.
    pub fn units(self, stock: &[Dated], today: Date) -> i64 {
        let within = stock.iter().filter(|dated| self.admits(dated.use_by, today));
        within.map(|dated| dated.units).sum()
    }

    /// The earliest last day within.
    pub fn earliest(self, stock: &[Dated], today: Date) -> Option<Date> {
        let within = stock
            .iter()
            .filter(|dated| dated.units > 0 && self.admits(dated.use_by, today));
        within.filter_map(|dated| dated.use_by).min()
    }
}

/// Days until a last day; below 0 when it has passed.
pub fn days_left(use_by: Date, today: Date) -> i64 {
    (use_by - today).whole_days()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::date};

    const TODAY: Date = date!(2026 - 11 - 22);

    fn dated(days: Option<i64>, units: i64) -> Dated {
        Dated {
            use_by: days.map(|days| TODAY + Duration::days(days)),
            units,
        }
    }

    #[test]
    fn goods_are_within_from_the_least_day_to_the_most() {
        let near = Window {
            minimum: 2,
            maximum: Some(4),
        };
        for (days, within) in [(1, false), (2, true), (4, true), (5, false), (-1, false)] {
            assert_eq!(near.admits(dated(Some(days), 1).use_by, TODAY), within, "{days}");
        }
        assert!(!near.admits(None, TODAY));
        assert!(Window::from(7).admits(None, TODAY));
        assert!(!Window::from(-9).admits(Some(TODAY - Duration::DAY), TODAY));
        assert!(Window::from(0).admits(Some(TODAY), TODAY));
    }

    #[test]
    fn units_and_the_earliest_day_are_those_within() {
        let stock = [
            dated(Some(-1), 1),
            dated(Some(3), 2),
            dated(Some(6), 0),
            dated(Some(9), 4),
            dated(None, 8),
        ];
        assert_eq!(Window::from(0).units(&stock, TODAY), 14);
        assert_eq!(Window::from(4).units(&stock, TODAY), 12);
        assert_eq!(Window::from(4).earliest(&stock, TODAY), stock[3].use_by);
        assert_eq!(Window::from(0).earliest(&stock, TODAY), stock[1].use_by);
        assert_eq!(Window::from(10).earliest(&stock, TODAY), None);
    }
}
