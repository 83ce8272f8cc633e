//! Points set aside for an order.
//!
//! A hold moves `held -> spent -> returned` or `held -> released`. The saga's
//! release and the cancellation of a confirmed order both call
//! [`Hold::release`]; each of them may come first, or alone, and the points come
//! back once.

use strum::{EnumString, IntoStaticStr};
use xlcfi_types::Id;

use crate::member::MemberId;
use crate::points::{EntryKind, Line};
use crate::purchase::Order;

/// What became of points set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum HoldState {
    /// The order is under way.
    Held,
    /// Given back before the order was known to be confirmed.
    Released,
    /// The order was confirmed.
    Spent,
    /// Given back after that.
    Returned,
}

/// Points set aside for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub order_id: Id<Order>,
    pub member_id: MemberId,
    pub points: i64,
    pub state: HoldState,
}

/// What changes when a hold moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    pub state: HoldState,
    /// Points no longer set aside.
    pub unheld: i64,
    pub line: Option<Line>,
}

impl Hold {
    /// The order was confirmed. Nothing, when the points were given back before
    /// this was heard: spending and returning them now would come to the same.
    pub fn spend(&self) -> Option<Settlement> {
        let line = Line {
            kind: EntryKind::Spent,
            points: -self.points,
        };
        match self.state {
            HoldState::Held => Some(Settlement {
                state: HoldState::Spent,
                unheld: self.points,
                line: Some(line),
            }),
            HoldState::Released | HoldState::Spent | HoldState::Returned => None,
        }
    }

    /// The order is undone. Nothing, when the points are back already.
    pub fn release(&self) -> Option<Settlement> {
        let line = Line {
            kind: EntryKind::Returned,
            points: self.points,
        };
        match self.state {
            HoldState::Held => Some(Settlement {
                state: HoldState::Released,
                unheld: self.points,
                line: None,
            }),
            HoldState::Spent => Some(Settlement {
                state: HoldState::Returned,
                unheld: 0,
                line: Some(line),
            }),
            HoldState::Released | HoldState::Returned => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::points::Balance;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Confirmed,
        Undone,
    }

    /// An order of one member: a hold, the steps that come to it, and the sum of its lines.
    fn run(points: i64, steps: &[Step]) -> (Balance, HoldState, i64) {
        let start = Balance {
            points: 1_000,
            held: 0,
        };
        let mut balance = start.hold(points).expect("there are enough");
        let mut hold = Hold {
            order_id: Id::new(),
            member_id: Id::new(),
            points,
            state: HoldState::Held,
        };
        let mut sum = start.points;
        for step in steps {
            let settlement = match step {
                Step::Confirmed => hold.spend(),
                Step::Undone => hold.release(),
            };
            if let Some(settlement) = settlement {
                hold.state = settlement.state;
                balance = balance.settle(&settlement);
                if let Some(line) = settlement.line {
                    balance = balance.book(line);
                    sum += line.points;
                }
            }
        }
        (balance, hold.state, sum)
    }

    proptest! {
        #[test]
        fn whatever_comes_in_whatever_order_the_balance_is_the_sum_of_the_lines(
            points in 1i64..=1_000,
            steps in prop::collection::vec(prop_oneof![Just(Step::Confirmed), Just(Step::Undone)], 0..8),
        ) {
            let (balance, state, sum) = run(points, &steps);
            prop_assert_eq!(balance.points, sum);
            let undone = steps.iter().any(|step| matches!(step, Step::Undone));
            let expected = if undone {
                Balance { points: 1_000, held: 0 }
            } else if steps.is_empty() {
                Balance { points: 1_000, held: points }
            } else {
                Balance { points: 1_000 - points, held: 0 }
            };
            prop_assert_eq!(balance, expected, "{:?}", state);
        }
    }
}
