//! What a quantity costs. Display, cart and checkout all ask [`Ladder::price`] of
//! the ladder [`special::ladder`](crate::special::ladder) gives.

use xlcfi_types::{Currency, Money};

/// Most an order of one product may cost, in won; what the contract's `Money` carries.
const DEAREST_ORDER: i64 = 1_000_000_000_000;

/// Unit prices that fall with the quantity ordered, and the quantities allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    rungs: Vec<Rung>,
    minimum: i64,
    multiple: i64,
    maximum: i64,
}

/// One rung of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Reached from this quantity on.
    pub from_quantity: i64,
    /// Price of one sales unit.
    pub unit_price: Money,
}

/// What a quantity costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Price of one.
    pub unit_price: Money,
    /// Price of all.
    pub amount: Money,
}

/// The quantity cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("order from {minimum} to {maximum}, in multiples of {multiple}")]
pub struct QuantityNotAllowed {
    /// Smallest order.
    pub minimum: i64,
    /// Orders come in multiples of it.
    pub multiple: i64,
    /// Largest order.
    pub maximum: i64,
}

/// What is wrong with a ladder; `usize` is the place of the rung, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("must have at least one rung")]
    NoRung,
    #[error("must be the minimum order, which the first rung starts at")]
    FirstRungNotAtMinimum,
    #[error("must be above that of the rung before")]
    QuantityNotRising(usize),
    #[error("must be below that of the rung before")]
    PriceNotFalling(usize),
    #[error("must be above 0")]
    PriceNotPositive(usize),
    #[error("must be in KRW")]
    NotInWon(usize),
    #[error("makes the largest order cost more than {DEAREST_ORDER} KRW")]
    TooDear(usize),
    #[error("must be above 0")]
    MultipleNotPositive,
    #[error("must be a multiple of `multiple`, above 0")]
    MinimumOffMultiple,
    #[error("must be a multiple of `multiple`")]
    MaximumOffMultiple,
    #[error("must not be below `minimum`")]
    MaximumBelowMinimum,
}

impl Problem {
    /// Field of the contract's `PriceLadder` that is wrong.
    pub fn field(&self) -> String {
        match self {
            Self::NoRung => "rungs".into(),
            Self::FirstRungNotAtMinimum => "rungs[0].from_quantity".into(),
            Self::QuantityNotRising(rung) => format!("rungs[{rung}].from_quantity"),
            Self::PriceNotFalling(rung)
            | Self::PriceNotPositive(rung)
            | Self::NotInWon(rung)
            | Self::TooDear(rung) => {
                format!("rungs[{rung}].unit_price")
            }
            Self::MultipleNotPositive => "multiple".into(),
            Self::MinimumOffMultiple => "minimum".into(),
            Self::MaximumOffMultiple | Self::MaximumBelowMinimum => "maximum".into(),
        }
    }
}

impl Ladder {
    /// A ladder of these rungs, for orders from `minimum` to `maximum` in
    /// multiples of `multiple`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(rungs: Vec<Rung>, minimum: i64, multiple: i64, maximum: i64) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem| {
            if !holds {
                problems.push(problem);
            }
        };
        require(!rungs.is_empty(), Problem::NoRung);
        if let Some(first) = rungs.first() {
            require(first.from_quantity == minimum, Problem::FirstRungNotAtMinimum);
        }
        for (at, rung) in rungs.iter().enumerate() {
            let price = rung.unit_price;
            let largest = price.minor.checked_mul(maximum);
            require(price.currency == Currency::Krw, Problem::NotInWon(at));
            require(price.minor > 0, Problem::PriceNotPositive(at));
            require(
                largest.is_some_and(|amount| amount <= DEAREST_ORDER),
                Problem::TooDear(at),
            );
        }
        for (at, pair) in (1..).zip(rungs.windows(2)) {
            require(
                pair[0].from_quantity < pair[1].from_quantity,
                Problem::QuantityNotRising(at),
            );
            require(
                pair[0].unit_price.minor > pair[1].unit_price.minor,
                Problem::PriceNotFalling(at),
            );
        }
        require(multiple > 0, Problem::MultipleNotPositive);
        if multiple > 0 {
            require(
                minimum > 0 && minimum % multiple == 0,
                Problem::MinimumOffMultiple,
            );
            require(maximum % multiple == 0, Problem::MaximumOffMultiple);
        }
        require(minimum <= maximum, Problem::MaximumBelowMinimum);
        if problems.is_empty() {
            Ok(Self {
                rungs,
                minimum,
                multiple,
                maximum,
            })
        } else {
            Err(problems)
        }
    }

    /// What `quantity` costs: the deepest rung it reaches prices all of it.
    ///
    /// # Errors
    /// The quantity cannot be ordered.
    pub fn price(&self, quantity: i64) -> Result<Price, QuantityNotAllowed> {
        let Self {
            minimum,
            multiple,
            maximum,
            ..
        } = *self;
        let refused = QuantityNotAllowed {
            minimum,
            multiple,
            maximum,
        };
        if quantity < minimum || quantity > maximum || quantity % multiple != 0 {
            return Err(refused);
        }
        let deepest = self
            .rungs
            .iter()
            .rev()
            .find(|rung| rung.from_quantity <= quantity);
        // `new` saw to it that the first rung starts at `minimum` and the largest order fits.
        let unit_price = deepest.ok_or(refused)?.unit_price;
        let amount = unit_price.times(quantity).map_err(|_| refused)?;
        Ok(Price { unit_price, amount })
    }

    /// The same quantities at the prices of `rungs`, which keep the rules of a
    /// ladder.
    pub fn with_rungs(&self, rungs: Vec<Rung>) -> Self {
        Self { rungs, ..*self }
    }

    /// The same ladder at `percent` less a unit, rounded down to whole won and
    /// never below one.
    pub fn less(&self, percent: i32) -> Self {
        let mut rungs: Vec<Rung> = Vec::with_capacity(self.rungs.len());
        for rung in &self.rungs {
            let won = (rung.unit_price.minor * i64::from(100 - percent) / 100).max(1);
            if rungs.last().is_none_or(|before| won < before.unit_price.minor) {
                let unit_price = Money::won(won);
                rungs.push(Rung { unit_price, ..*rung });
            }
        }
        self.with_rungs(rungs)
    }

    /// The rungs, lowest quantity first.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Smallest order.
    pub fn minimum(&self) -> i64 {
        self.minimum
    }

    /// Orders come in multiples of it.
    pub fn multiple(&self) -> i64 {
        self.multiple
    }

    /// Largest order.
    pub fn maximum(&self) -> i64 {
        self.maximum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rungs(pairs: &[(i64, i64)]) -> Vec<Rung> {
        let rung = |&(from_quantity, won)| Rung {
            from_quantity,
            unit_price: Money::won(won),
        };
        pairs.iter().map(rung).collect()
    }

    fn problems(pairs: &[(i64, i64)], minimum: i64, multiple: i64, maximum: i64) -> Vec<Problem> {
        Ladder::new(rungs(pairs), minimum, multiple, maximum).expect_err("the ladder is wrong")
    }

    #[test]
    fn the_deepest_rung_reached_prices_the_whole_line() {
        let ladder = Ladder::new(rungs(&[(2, 1_000), (10, 900), (50, 800)]), 2, 2, 100).expect("it is right");
        for (quantity, unit, amount) in [
            (2, 1_000, 2_000),
            (8, 1_000, 8_000),
            (10, 900, 9_000),
            (48, 900, 43_200),
            (100, 800, 80_000),
        ] {
            let price = Price {
                unit_price: Money::won(unit),
                amount: Money::won(amount),
            };
            assert_eq!(ladder.price(quantity), Ok(price), "{quantity}");
        }
        for quantity in [i64::MIN, -2, 0, 1, 3, 101, 102, i64::MAX] {
            assert!(ladder.price(quantity).is_err(), "{quantity}");
        }
    }

    #[test]
    fn what_is_near_expiry_costs_whole_won_and_never_nothing() {
        let ladder = Ladder::new(rungs(&[(1, 1_005), (10, 1_004), (50, 1)]), 1, 1, 100).expect("it is right");
        let less = ladder.less(30);
        for (quantity, unit) in [(1, 703), (10, 702), (50, 1)] {
            assert_eq!(
                less.price(quantity).map(|price| price.unit_price),
                Ok(Money::won(unit))
            );
        }
        assert_eq!(
            ladder.less(90).rungs().len(),
            2,
            "rungs that fall together are one"
        );
    }

    #[test]
    fn each_flaw_of_a_ladder_is_named() {
        use Problem::*;
        assert_eq!(problems(&[], 1, 1, 10), [NoRung]);
        assert_eq!(problems(&[(2, 100)], 1, 1, 10), [FirstRungNotAtMinimum]);
        assert_eq!(problems(&[(1, 100), (1, 90)], 1, 1, 10), [QuantityNotRising(1)]);
        assert_eq!(
            problems(&[(1, 100), (5, 90), (3, 80)], 1, 1, 10),
            [QuantityNotRising(2)]
        );
        assert_eq!(problems(&[(1, 100), (5, 100)], 1, 1, 10), [PriceNotFalling(1)]);
        assert_eq!(problems(&[(1, 0)], 1, 1, 10), [PriceNotPositive(0)]);
        assert_eq!(problems(&[(1, 1_000_000_000)], 1, 1, 1_001), [TooDear(0)]);
        assert_eq!(problems(&[(1, i64::MAX)], 1, 1, 10), [TooDear(0)]);
        assert_eq!(problems(&[(1, 100)], 1, 0, 10), [MultipleNotPositive]);
        assert_eq!(problems(&[(3, 100)], 3, 2, 10), [MinimumOffMultiple]);
        assert_eq!(problems(&[(0, 100)], 0, 2, 10), [MinimumOffMultiple]);
        assert_eq!(problems(&[(2, 100)], 2, 2, 11), [MaximumOffMultiple]);
        assert_eq!(problems(&[(4, 100)], 4, 2, 2), [MaximumBelowMinimum]);
        assert_eq!(problems(&[(2, -1), (1, 5)], 1, 1, 10).len(), 4);
    }

    prop_compose! {
        fn ladders()(
            multiple in 1i64..50,
            smallest in 1i64..20,
            more in 0i64..500,
            steps in proptest::collection::vec((1i64..200, 1i64..5_000), 0..10),
            last_price in 1i64..100_000,
        ) -> Ladder {
            let (minimum, maximum) = (smallest * multiple, (smallest + more) * multiple);
            let dearest = last_price + steps.iter().map(|(_, fall)| fall).sum::<i64>();
            let mut pairs = vec![(minimum, dearest)];
            for (rise, fall) in steps {
                let &(quantity, price) = pairs.last().expect("there is a first");
                pairs.push((quantity + rise, price - fall));
            }
            Ladder::new(rungs(&pairs), minimum, multiple, maximum).expect("it was made by the rules")
        }
    }

    proptest! {
        #[test]
        fn more_never_costs_more_apiece_and_the_sum_is_exact(ladder in ladders()) {
            let mut before: Option<Price> = None;
            for quantity in (ladder.minimum()..=ladder.maximum()).step_by(usize::try_from(ladder.multiple()).expect("small")) {
                let price = ladder.price(quantity).expect("it is allowed");
                prop_assert_eq!(price.amount.minor, price.unit_price.minor * quantity);
                prop_assert!(before.is_none_or(|before| before.unit_price.minor >= price.unit_price.minor));
                let reached = ladder.rungs().iter().filter(|rung| rung.from_quantity <= quantity);
                let cheapest = reached.map(|rung| rung.unit_price.minor).min();
                prop_assert_eq!(Some(price.unit_price.minor), cheapest);
                before = Some(price);
            }
        }

        #[test]
        fn a_quantity_is_allowed_exactly_within_the_bounds_and_on_the_multiple(ladder in ladders(), quantity in -10i64..30_000) {
            let allowed = (ladder.minimum()..=ladder.maximum()).contains(&quantity) && quantity % ladder.multiple() == 0;
            prop_assert_eq!(ladder.price(quantity).is_ok(), allowed);
        }

        #[test]
        fn any_four_numbers_make_a_ladder_or_are_refused(
            pairs in proptest::collection::vec((any::<i64>(), any::<i64>()), 0..5),
            minimum in any::<i64>(), multiple in any::<i64>(), maximum in any::<i64>(), quantity in any::<i64>(),
        ) {
            if let Ok(ladder) = Ladder::new(rungs(&pairs), minimum, multiple, maximum) {
                let _ = ladder.price(quantity);
            }
        }
    }
}
