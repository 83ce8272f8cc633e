//! Points: a balance and the ledger lines that make it.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use uuid::Uuid;
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

/// Points that are to be taken and are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEnough {
    pub available: i64,
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

    /// Whether it can be put right by so many points: nothing is taken that is held or
    /// not there.
    ///
    /// # Errors
    /// It is not there.
    pub fn correctable(self, points: i64) -> Result<(), NotEnough> {
        let available = self.available();
        match points < 0 && available + points < 0 {
            true => Err(NotEnough { available }),
            false => Ok(()),
        }
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
    /// Put right by staff; of no order.
    Corrected,
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
    /// Why, of a correction.
    pub reason: String,
    pub create_time: OffsetDateTime,
}

/// Who decided about a correction, and which request it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub by: MemberId,
    pub approved_by: Option<MemberId>,
    pub request_id: Uuid,
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

    #[test]
    fn a_correction_takes_only_what_is_there_and_not_held() {
        let balance = Balance {
            points: 100,
            held: 40,
        };
        assert_eq!(balance.correctable(-60), Ok(()));
        assert_eq!(balance.correctable(-61), Err(NotEnough { available: 60 }));
        let owing = Balance { points: -5, held: 0 };
        assert_eq!(owing.correctable(3), Ok(()));
        assert!(owing.correctable(-1).is_err());
    }
}
