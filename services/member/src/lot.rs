//! Points that were earned together and expire together. The lots of a member hold what
//! its balance says, or nothing while the balance is below zero: what comes in pays the
//! debt first.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long points can be spent.
const LIFE: Duration = Duration::days(365);
/// How long those have at least that come back.
const GRACE: Duration = Duration::days(30);
/// How long before points expire their member is told.
pub const WARNING: Duration = Duration::days(30);

/// What is left of points earned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    pub lot_id: Uuid,
    pub remaining: i64,
    pub expire_time: OffsetDateTime,
}

/// Points taken of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub lot_id: Uuid,
    pub points: i64,
}

/// Lots of one member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lots(pub Vec<Lot>);

impl Lots {
    /// Points come in; a debt is paid of them.
    pub fn add(&mut self, balance_before: i64, points: i64, lot_id: Uuid, now: OffsetDateTime) {
        let remaining = kept(balance_before, points);
        self.0.push(Lot {
            lot_id,
            remaining,
            expire_time: now + LIFE,
        });
    }

    /// Takes points, of the lot `first` before the others, then of those that expire
    /// first. Takes what there is when it is less.
    pub fn take(&mut self, points: i64, first: Option<Uuid>) -> Vec<Use> {
        self.0
            .sort_by_key(|lot| (Some(lot.lot_id) != first, lot.expire_time, lot.lot_id));
        let mut left = points;
        let mut uses = Vec::new();
        for lot in &mut self.0 {
            let points = lot.remaining.min(left);
            if points > 0 {
                lot.remaining -= points;
                left -= points;
                let lot_id = lot.lot_id;
                uses.push(Use { lot_id, points });
            }
        }
        uses
    }

    /// Points that were taken come back to where they were, for 30 days at least; those
    /// of no known lot become the lot `other`. A debt is paid of them.
    pub fn put_back(
        &mut self,
        balance_before: i64,
        points: i64,
        uses: &[Use],
        other: Uuid,
        now: OffsetDateTime,
    ) {
        let mut left = kept(balance_before, points);
        for used in uses {
            let back = used.points.min(left);
            if let Some(lot) = self.0.iter_mut().find(|lot| lot.lot_id == used.lot_id)
                && back > 0
            {
                lot.remaining += back;
                lot.expire_time = lot.expire_time.max(now + GRACE);
                left -= back;
            }
        }
        if left > 0 {
            self.add(0, left, other, now);
        }
    }

    /// Points that expired by now. What is held for orders is not lost: it was set
    /// aside of what expires first.
    pub fn expired(&self, held: i64, now: OffsetDateTime) -> i64 {
        let over = self.0.iter().filter(|lot| lot.expire_time <= now);
        (over.map(|lot| lot.remaining).sum::<i64>() - held).max(0)
    }

    /// The lots that are not as they were `before`.
    pub fn changed_since(&self, before: &Self) -> Vec<Lot> {
        let changed = self.0.iter().filter(|lot| !before.0.contains(lot));
        changed.copied().collect()
    }
}

/// What is left of points that come in, after a debt.
fn kept(balance_before: i64, points: i64) -> i64 {
    (balance_before + points).clamp(0, points)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn lots(lots: &[(u128, i64, i64)]) -> Lots {
        let lot = |(id, remaining, days): &(u128, i64, i64)| Lot {
            lot_id: Uuid::from_u128(*id),
            remaining: *remaining,
            expire_time: NOW + Duration::days(*days),
        };
        Lots(lots.iter().map(lot).collect())
    }

    fn left(lots: &Lots) -> Vec<(u128, i64)> {
        let mut left: Vec<_> = lots
            .0
            .iter()
            .map(|lot| (lot.lot_id.as_u128(), lot.remaining))
            .collect();
        left.sort();
        left
    }

    #[test]
    fn what_expires_first_is_taken_first() {
        let mut some = lots(&[(1, 100, 50), (2, 100, 10), (3, 100, 90)]);
        let uses = some.take(150, None);
        assert_eq!(left(&some), [(1, 50), (2, 0), (3, 100)]);
        some.put_back(150, 150, &uses, Uuid::from_u128(9), NOW);
        assert_eq!(left(&some), [(1, 100), (2, 100), (3, 100)]);
        assert_eq!(some.0.iter().map(|lot| lot.expire_time).min(), Some(NOW + GRACE));
        some.take(30, Some(Uuid::from_u128(3)));
        assert_eq!(left(&some), [(1, 100), (2, 100), (3, 70)]);
    }

    #[test]
    fn what_is_held_does_not_expire() {
        let some = lots(&[(1, 100, -1), (2, 100, 0), (3, 100, 1)]);
        assert_eq!((some.expired(0, NOW), some.expired(60, NOW)), (200, 140));
        assert_eq!(some.expired(300, NOW), 0);
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Earn(i64),
        Spend(i64),
        Undo,
        Revoke(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1i64..500).prop_map(Step::Earn),
            (1i64..500).prop_map(Step::Spend),
            Just(Step::Undo),
            (1i64..500).prop_map(Step::Revoke),
        ]
    }

    proptest! {
        #[test]
        fn lots_hold_what_the_balance_says(steps in prop::collection::vec(step(), 0..40)) {
            let (mut some, mut balance, mut spent) = (Lots::default(), 0, Vec::new());
            for (number, step) in steps.into_iter().enumerate() {
                let id = Uuid::from_u128(number as u128);
                match step {
                    Step::Earn(points) => {
                        some.add(balance, points, id, NOW);
                        balance += points;
                    }
                    Step::Spend(points) if points <= balance => {
                        spent.push((points, some.take(points, None)));
                        balance -= points;
                    }
                    Step::Spend(_) => {}
                    Step::Undo => if let Some((points, uses)) = spent.pop() {
                        some.put_back(balance, points, &uses, id, NOW);
                        balance += points;
                    },
                    Step::Revoke(points) => {
                        some.take(points, None);
                        balance -= points;
                    }
                }
                let sum: i64 = some.0.iter().map(|lot| lot.remaining).sum();
                prop_assert_eq!(sum, balance.max(0));
            }
        }
    }
}
