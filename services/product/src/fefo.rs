//! Which lots a quantity is taken from: first expired, first out.

use time::{Date, OffsetDateTime};
use xlcfi_types::Id;

use crate::life::{Dated, Window};
use crate::lot::Lot;

/// What a lot still has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnHand {
    /// The lot.
    pub lot_id: Id<Lot>,
    /// Last day it may be sold; `None` for food without one.
    pub use_by: Option<Date>,
    /// When it was received.
    pub receive_time: OffsetDateTime,
    /// Sales units neither reserved nor sold.
    pub quantity: i64,
}

impl OnHand {
    /// Its units by their last day.
    pub fn dated(&self) -> Dated {
        Dated {
            use_by: self.use_by,
            units: self.quantity,
        }
    }
}

/// What to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// From which lots how much, in the order they leave.
    pub allocations: Vec<(Id<Lot>, i64)>,
    /// What no lot has.
    pub shortfall: i64,
}

/// Plans `wanted` units from those `lots` that are within `window` on the day
/// `today`: by use-by date (those without one last), then receipt, then id. A lot
/// past its date is never taken.
pub fn plan(lots: &[OnHand], wanted: i64, window: Window, today: Date) -> Plan {
    let admitted = |lot: &&OnHand| window.admits(lot.use_by, today);
    let mut good: Vec<&OnHand> = lots.iter().filter(admitted).collect();
    good.sort_by_key(|lot| (lot.use_by.is_none(), lot.use_by, lot.receive_time, lot.lot_id));
    let mut shortfall = wanted.max(0);
    let mut allocations = Vec::new();
    for lot in good {
        let taken = lot.quantity.clamp(0, shortfall);
        if taken > 0 {
            allocations.push((lot.lot_id, taken));
            shortfall -= taken;
        }
    }
    Plan {
        allocations,
        shortfall,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;
    use time::{Duration, macros::date, macros::datetime};

    const TODAY: Date = date!(2026 - 11 - 22);

    fn lot(use_by_in_days: Option<i64>, received_hours_ago: i64, quantity: i64) -> OnHand {
        OnHand {
            lot_id: Id::new(),
            use_by: use_by_in_days.map(|days| TODAY + Duration::days(days)),
            receive_time: datetime!(2026-11-22 00:00 UTC) - Duration::hours(received_hours_ago),
            quantity,
        }
    }

    #[test]
    fn lots_leave_by_use_by_date_then_receipt_then_id_and_those_without_date_last() {
        let undated = lot(None, 99, 5);
        let late = lot(Some(9), 99, 5);
        let (soon_older, soon_newer) = (lot(Some(1), 2, 5), lot(Some(1), 1, 5));
        let twin = OnHand {
            lot_id: Id::new(),
            ..soon_newer
        };
        let plan = plan(
            &[undated, twin, late, soon_newer, soon_older],
            25,
            Window::from(0),
            TODAY,
        );
        let order: Vec<_> = plan.allocations.iter().map(|(id, _)| *id).collect();
        assert_eq!(
            order,
            [soon_older, soon_newer, twin, late, undated].map(|lot| lot.lot_id)
        );
        assert_eq!(plan.shortfall, 0);
    }

    #[test]
    fn a_lot_is_sold_on_its_last_day_and_never_after() {
        let (today, yesterday) = (lot(Some(0), 1, 3), lot(Some(-1), 1, 3));
        let plan = plan(&[yesterday, today], 5, Window::from(0), TODAY);
        assert_eq!(
            plan,
            Plan {
                allocations: vec![(today.lot_id, 3)],
                shortfall: 2
            }
        );
    }

    #[test]
    fn only_lots_with_the_days_left_that_were_promised_are_taken() {
        let lots = [
            lot(Some(1), 1, 3),
            lot(Some(4), 1, 3),
            lot(Some(9), 1, 3),
            lot(None, 1, 3),
        ];
        let taken = |minimum, maximum| {
            let plan = plan(&lots, 99, Window { minimum, maximum }, TODAY);
            let place = |id| lots.iter().position(|lot| lot.lot_id == id);
            let places = plan.allocations.iter().map(|(id, _)| place(*id));
            places
                .map(|place| place.expect("it is one of them"))
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(4, None), [1, 2, 3]);
        assert_eq!(taken(5, None), [2, 3]);
        assert_eq!(taken(0, Some(4)), [0, 1]);
        assert_eq!(taken(2, Some(8)), [1]);
    }

    fn lots() -> impl Strategy<Value = Vec<OnHand>> {
        let any_lot = (proptest::option::of(-5i64..15), 0i64..100, 0i64..50)
            .prop_map(|(use_by, received, quantity)| lot(use_by, received, quantity));
        proptest::collection::vec(any_lot, 0..12)
    }

    fn windows() -> impl Strategy<Value = Window> {
        (-2_i32..12, proptest::option::of(0_i32..12))
            .prop_map(|(minimum, maximum)| Window { minimum, maximum })
    }

    fn within(lots: &[OnHand], window: Window) -> i64 {
        let dated: Vec<Dated> = lots.iter().map(OnHand::dated).collect();
        window.units(&dated, TODAY)
    }

    proptest! {
        #[test]
        fn a_plan_adds_up_and_takes_no_more_than_a_lot_has(lots in lots(), wanted in -5i64..400, window in windows()) {
            let plan = plan(&lots, wanted, window, TODAY);
            let by_id: HashMap<_, _> = lots.iter().map(|lot| (lot.lot_id, *lot)).collect();
            for (id, taken) in &plan.allocations {
                let lot = by_id[id];
                prop_assert!(*taken > 0 && *taken <= lot.quantity);
                prop_assert!(lot.use_by.is_none_or(|date| date >= TODAY));
                prop_assert!(window.admits(lot.use_by, TODAY));
            }
            let taken: i64 = plan.allocations.iter().map(|(_, taken)| taken).sum();
            prop_assert!(plan.shortfall >= 0);
            prop_assert_eq!(taken + plan.shortfall, wanted.max(0));
            prop_assert_eq!(taken, wanted.max(0).min(within(&lots, window)));
        }

        #[test]
        fn no_lot_is_touched_before_those_that_leave_earlier_are_empty(lots in lots(), wanted in 0i64..400, window in windows()) {
            let plan = plan(&lots, wanted, window, TODAY);
            let taken: HashMap<_, _> = plan.allocations.iter().copied().collect();
            let rank = |lot: &OnHand| (lot.use_by.unwrap_or(Date::MAX), lot.receive_time, lot.lot_id);
            let last = lots.iter().filter(|lot| taken.contains_key(&lot.lot_id)).max_by_key(|lot| rank(lot));
            for lot in lots.iter().filter(|lot| window.admits(lot.use_by, TODAY)) {
                if last.is_some_and(|last| rank(lot) < rank(last)) {
                    prop_assert_eq!(taken.get(&lot.lot_id).copied().unwrap_or(0), lot.quantity);
                }
            }
        }

        #[test]
        fn the_order_the_lots_are_given_in_does_not_matter(lots in lots(), wanted in 0i64..400, window in windows()) {
            let mut other = lots.clone();
            other.reverse();
            prop_assert_eq!(plan(&lots, wanted, window, TODAY), plan(&other, wanted, window, TODAY));
        }
    }
}
