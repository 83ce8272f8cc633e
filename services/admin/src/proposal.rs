//! What needs a second person.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{Member, User};
use xlcfi_types::Id;

use crate::acting::Acting;
use crate::error::Error;
use crate::permission::Permission;

/// What can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    GrantRole,
    RevokeRole,
    Refund,
    CorrectPoints,
}

impl Kind {
    /// What deciding about it needs.
    pub const fn deciding(self) -> Permission {
        match self {
            Self::GrantRole | Self::RevokeRole => Permission::Roles,
            Self::Refund => Permission::RefundsDecide,
            Self::CorrectPoints => Permission::PointsDecide,
        }
    }

    /// What it is done to, and its name in the audit log.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::GrantRole => ("account", "role.grant"),
            Self::RevokeRole => ("account", "role.revoke"),
            Self::Refund => ("order", "refund"),
            Self::CorrectPoints => ("member", "points.correct"),
        }
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Pending,
    Approved,
    Executed,
    Failed,
    Rejected,
    Expired,
}

/// What is given back of a line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub line: i32,
    /// Won.
    pub amount: i64,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub proposal_id: Id<Proposal>,
    pub kind: Kind,
    pub state: State,
    /// The account, member or order.
    pub subject_id: Uuid,
    pub role: Option<Role>,
    pub parts: Vec<Part>,
    /// Points to be added, below zero to be taken.
    pub points: i64,
    pub reason: String,
    pub proposed_by: Id<Member>,
    /// On whose behalf it is done.
    pub executor: Option<Acting>,
    pub decided_by: Option<Id<Member>>,
    pub decision_reason: String,
    pub outcome: String,
    pub create_time: OffsetDateTime,
    pub expire_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

impl Proposal {
    /// What is to be given back, or put right either way, in won. A point is a won.
    pub fn amount(&self) -> i64 {
        let parts = self.parts.iter();
        parts.fold(self.points.saturating_abs(), |sum, part| {
            sum.saturating_add(part.amount)
        })
    }

    /// Approves it at once, where nobody else has to look: a refund or a correction of
    /// at most `limit`, by somebody who may decide about it.
    pub fn approve_small(&mut self, by: &User, limit: i64) {
        let of_money = matches!(self.kind, Kind::Refund | Kind::CorrectPoints);
        if of_money && self.amount() <= limit && self.kind.deciding().of(by) {
            self.state = State::Approved;
            self.executor = Some(by.into());
        }
    }

    /// Somebody decides.
    ///
    /// # Errors
    /// They may not, or it is too late. Deciding the same again is no error.
    pub fn decide(
        &mut self,
        by: &User,
        approve: bool,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        if !self.kind.deciding().of(by) {
            return Err(Error::PermissionMissing);
        }
        if self.proposed_by == by.id {
            return Err(Error::ProposalOwn);
        }
        match self.state {
            State::Pending => {}
            State::Expired => return Err(Error::ProposalExpired),
            _ => return Err(Error::ProposalDecided),
        }
        if now >= self.expire_time {
            return Err(Error::ProposalExpired);
        }
        self.state = match approve {
            true => State::Approved,
            false => State::Rejected,
        };
        self.executor = approve.then(|| by.into());
        self.decided_by = Some(by.id);
        reason.clone_into(&mut self.decision_reason);
        self.update_time = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    fn user(role: Role) -> User {
        User {
            id: Id::new(),
            roles: vec![role],
            session_id: Uuid::nil(),
        }
    }

    fn proposal(kind: Kind, by: &User, amount: i64) -> Proposal {
        let now = datetime!(2026-11-22 00:00 UTC);
        Proposal {
            proposal_id: Id::new(),
            kind,
            state: State::Pending,
            subject_id: Uuid::nil(),
            role: None,
            parts: vec![Part { line: 1, amount }],
            points: 0,
            reason: "상함".into(),
            proposed_by: by.id,
            executor: None,
            decided_by: None,
            decision_reason: String::new(),
            outcome: String::new(),
            create_time: now,
            expire_time: now + Duration::hours(72),
            update_time: now,
        }
    }

    #[test]
    fn nobody_decides_about_their_own_and_nobody_without_the_permission() {
        let (proposer, other) = (user(Role::Finance), user(Role::Finance));
        let mut refund = proposal(Kind::Refund, &proposer, 500_000);
        let now = refund.create_time;
        let own = refund.decide(&proposer, true, "", now);
        assert!(matches!(own, Err(Error::ProposalOwn)));
        let support = refund.decide(&user(Role::Support), true, "", now);
        assert!(matches!(support, Err(Error::PermissionMissing)));
        refund
            .decide(&other, true, "본사 확인", now)
            .expect("somebody else may");
        assert_eq!(
            (refund.state, refund.decided_by),
            (State::Approved, Some(other.id))
        );
        let again = refund.decide(&other, true, "", now);
        assert!(matches!(again, Err(Error::ProposalDecided)));
    }

    #[test]
    fn an_expired_one_is_not_decided() {
        let mut refund = proposal(Kind::Refund, &user(Role::Finance), 1);
        let late = refund.expire_time;
        let decided = refund.decide(&user(Role::Admin), false, "", late);
        assert!(matches!(decided, Err(Error::ProposalExpired)));
    }

    #[test]
    fn points_that_are_taken_weigh_as_much_as_those_added() {
        let by = user(Role::Finance);
        for (points, state) in [
            (100, State::Approved),
            (-100, State::Approved),
            (-101, State::Pending),
        ] {
            let mut made = Proposal {
                points,
                parts: Vec::new(),
                ..proposal(Kind::CorrectPoints, &by, 0)
            };
            made.approve_small(&by, 100);
            assert_eq!(made.state, state, "{points}");
        }
    }

    #[test]
    fn only_a_small_refund_by_who_may_decide_needs_nobody_else() {
        for (kind, role, amount, state) in [
            (Kind::Refund, Role::Finance, 100, State::Approved),
            (Kind::Refund, Role::Finance, 101, State::Pending),
            (Kind::Refund, Role::Support, 100, State::Pending),
            (Kind::GrantRole, Role::Admin, 0, State::Pending),
            (Kind::CorrectPoints, Role::Finance, 100, State::Approved),
            (Kind::CorrectPoints, Role::Support, 100, State::Pending),
        ] {
            let by = user(role);
            let mut made = proposal(kind, &by, amount);
            made.approve_small(&by, 100);
            assert_eq!(made.state, state, "{kind:?} {role:?} {amount}");
        }
    }
}
