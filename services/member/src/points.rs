//! Points: a balance and the ledger lines that make it.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_types::{Id, Money};

use crate::grade::Grade;
use crate::hold::Settlement;
use crate::member::MemberId;
use crate::purchase::Order;

/// Points of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Sum of the ledger. Below zero only when points earned by a cancelled
    /// order had been spent already.
    pub points: i64,
    /// Set aside for orders under way.
    pub held: i64,
}

/// Why points are not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefused {
    #[error("no such member")]
    MemberNotFound,
    #[error("{wanted} points are wanted and {available} are available")]
    PointsInsufficient { wanted: i64, available: i64 },
}

impl Balance {
    /// What can be spent now.
    pub fn available(self) -> i64 {
        self.points - self.held
    }

    /// The balance with so many points set aside.
    ///
    /// # Errors
    /// [`HoldRefused::PointsInsufficient`].
    pub fn hold(self, wanted: i64) -> Result<Self, HoldRefused> {
        let available = self.available();
        if wanted > available {
            return Err(HoldRefused::PointsInsufficient { wanted, available });
        }
        Ok(Self {
            held: self.held + wanted,
            ..self
        })
    }

    /// The balance after a hold was settled, without the line that goes with it.
    pub fn settle(self, settlement: &Settlement) -> Self {
        Self {
            held: self.held - settlement.unheld,
            ..self
        }
    }

    /// The balance after a ledger line.
    pub fn book(self, line: Line) -> Self {
        Self {
            points: self.points + line.points,
            ..self
        }
    }
}

/// Kinds of ledger lines; each happens to an order once at most. None moves points to
/// another member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum EntryKind {
    Earned,
    Spent,
    Returned,
    Revoked,
    /// Not spent in time; of no order.
    Expired,
    /// Given up by withdrawing; of no order.
    Forfeited,
}

/// What a ledger line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub kind: EntryKind,
    /// Change of the balance; never zero.
    pub points: i64,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub entry_id: Id<Entry>,
    pub member_id: MemberId,
    /// None for lines of no order.
    pub order_id: Option<Id<Order>>,
    pub line: Line,
    pub create_time: OffsetDateTime,
}

/// What the lines of one kind come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    pub kind: EntryKind,
    pub points: i64,
    pub entries: i64,
}

/// The line of points earned by paying so much; none when it rounds down to zero.
pub fn earned(paid: Money, grade: Grade) -> Option<Line> {
    let points = paid.minor * grade.benefit().basis_points / 10_000;
    (points > 0).then_some(Line {
        kind: EntryKind::Earned,
        points,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_grade_gives_is_earned_rounded_down() {
        for (won, points) in [
            (0, None),
            (99, None),
            (100, Some(1)),
            (199, Some(1)),
            (12_345, Some(123)),
        ] {
            let line = earned(Money::won(won), Grade::Welcome);
            assert_eq!(line.map(|line| line.points), points, "{won}");
        }
        let vip = earned(Money::won(12_345), Grade::Vip);
        assert_eq!(vip.map(|line| line.points), Some(370));
    }

    #[test]
    fn no_more_than_what_is_available_is_held() {
        let balance = Balance {
            points: 100,
            held: 40,
        };
        assert_eq!(
            balance.hold(60),
            Ok(Balance {
                points: 100,
                held: 100
            })
        );
        let refused = HoldRefused::PointsInsufficient {
            wanted: 61,
            available: 60,
        };
        assert_eq!(balance.hold(61), Err(refused));
        let owing = Balance { points: -5, held: 0 };
        assert!(owing.hold(1).is_err());
    }
}
