//! What a member wants of a product.

use uuid::Uuid;

use crate::order::Line;

/// A product, a quantity, and how long it must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub product_id: Uuid,
    pub quantity: i64,
    pub life: Life,
}

/// Days left until the use-by date, on the day of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// At least so many; 0 leaves it to what the product promises.
    AtLeast(i32),
    /// Few, for less.
    NearExpiry,
}

impl Life {
    /// As contracts and rows say it; `None` when they ask for both.
    pub(crate) fn new(minimum_remaining_days: i32, near_expiry: bool) -> Option<Self> {
        match (minimum_remaining_days, near_expiry) {
            (days, false) => Some(Self::AtLeast(days)),
            (0, true) => Some(Self::NearExpiry),
            (_, true) => None,
        }
    }

    pub(crate) fn minimum_remaining_days(self) -> i32 {
        match self {
            Self::AtLeast(days) => days,
            Self::NearExpiry => 0,
        }
    }

    pub(crate) fn is_near_expiry(self) -> bool {
        self == Self::NearExpiry
    }
}

impl Wanted {
    /// Whether a priced line is this one and promises what is wanted.
    pub(crate) fn is_met_by(&self, line: &Line) -> bool {
        line.product_id == self.product_id
            && line.quantity == self.quantity
            && line.is_near_expiry() == self.life.is_near_expiry()
            && line.minimum_remaining_days >= self.life.minimum_remaining_days()
    }
}

#[cfg(test)]
mod tests {
    use xlcfi_types::{Id, Money};

    use super::*;

    #[test]
    fn a_line_keeps_long_or_costs_less_and_not_both() {
        for (days, near_expiry, life) in [
            (0, false, Some(Life::AtLeast(0))),
            (30, false, Some(Life::AtLeast(30))),
            (0, true, Some(Life::NearExpiry)),
            (30, true, None),
        ] {
            assert_eq!(Life::new(days, near_expiry), life);
        }
        for life in [Life::AtLeast(0), Life::AtLeast(30), Life::NearExpiry] {
            assert_eq!(
                Life::new(life.minimum_remaining_days(), life.is_near_expiry()),
                Some(life)
            );
        }
    }

    #[test]
    fn a_promise_meets_what_is_wanted_when_it_is_of_its_kind_and_no_shorter() {
        let line = |minimum_remaining_days, maximum_remaining_days| Line {
            product_id: Uuid::nil(),
            name: "우유".into(),
            unit: "1L".into(),
            seller_id: Id::from_uuid(Uuid::nil()),
            quantity: 2,
            unit_price: Money::won(1),
            amount: Money::won(2),
            tax_exempt: true,
            minimum_remaining_days,
            maximum_remaining_days,
        };
        let wanted = |life| Wanted {
            product_id: Uuid::nil(),
            quantity: 2,
            life,
        };
        for (life, line, met) in [
            (Life::AtLeast(0), line(0, None), true),
            (Life::AtLeast(0), line(7, None), true),
            (Life::AtLeast(7), line(7, None), true),
            (Life::AtLeast(8), line(7, None), false),
            (Life::AtLeast(0), line(0, Some(3)), false),
            (Life::NearExpiry, line(0, Some(3)), true),
            (Life::NearExpiry, line(0, None), false),
        ] {
            assert_eq!(wanted(life).is_met_by(&line), met, "{life:?} {line:?}");
        }
        let other = Wanted {
            quantity: 3,
            ..wanted(Life::AtLeast(0))
        };
        assert!(!other.is_met_by(&line(0, None)));
    }
}
