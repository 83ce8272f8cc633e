//! What staff may do: each act needs a permission, each permission has its roles.

use strum::{EnumIter, EnumString, IntoStaticStr};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;

/// What an act needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum Permission {
    Roles,
    RefundsPropose,
    RefundsDecide,
    Orders,
    Products,
    Payments,
    Recalls,
    Audit,
    Accounts,
    Unlocking,
    Reviews,
    PointsPropose,
    PointsDecide,
}

impl Permission {
    /// Roles that have it.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Roles | Self::Audit | Self::Accounts => &[Role::Admin, Role::Security],
            Self::Unlocking => &[Role::Admin, Role::Security, Role::Support],
            Self::Reviews => &[Role::Admin, Role::Catalogue, Role::Support],
            Self::RefundsPropose | Self::PointsPropose => &[Role::Admin, Role::Finance, Role::Support],
            Self::RefundsDecide | Self::PointsDecide | Self::Payments => &[Role::Admin, Role::Finance],
            Self::Orders => &[Role::Admin, Role::Support],
            Self::Products | Self::Recalls => &[Role::Admin, Role::Catalogue],
        }
    }

    /// Whether somebody has it.
    pub fn of(self, user: &User) -> bool {
        self.roles().iter().any(|role| user.has_role(*role))
    }
}

/// What staff can do to things of other services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Operation {
    CancelOrder,
    ArchiveProduct,
    RecheckPayment,
    DecideRefund,
    LiftRecall,
    EndSessions,
    ResetSecondFactor,
    LockAccount,
    UnlockAccount,
    DecideReview,
    DecideAppeal,
}

impl Operation {
    /// What it needs, what it is done to, and its name in the audit log.
    pub const fn rule(self) -> (Permission, &'static str, &'static str) {
        match self {
            Self::CancelOrder => (Permission::Orders, "order", "order.cancel"),
            Self::ArchiveProduct => (Permission::Products, "product", "product.archive"),
            Self::RecheckPayment => (Permission::Payments, "payment", "payment.recheck"),
            Self::DecideRefund => (Permission::RefundsDecide, "refund", "refund.decide"),
            Self::LiftRecall => (Permission::Recalls, "recall", "recall.lift"),
            Self::EndSessions => (Permission::Accounts, "account", "account.end_sessions"),
            Self::ResetSecondFactor => (Permission::Accounts, "account", "account.reset_second_factor"),
            Self::LockAccount => (Permission::Accounts, "account", "account.lock"),
            Self::UnlockAccount => (Permission::Unlocking, "account", "account.unlock"),
            Self::DecideReview => (Permission::Reviews, "review", "review.decide"),
            Self::DecideAppeal => (Permission::Reviews, "review", "review.decide_appeal"),
        }
    }

    /// What it needs.
    pub const fn permission(self) -> Permission {
        self.rule().0
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;
    use xlcfi_types::Id;

    use super::*;

    fn with(role: Role) -> User {
        User {
            id: Id::new(),
            roles: vec![Role::Buyer, role],
            session_id: uuid::Uuid::nil(),
        }
    }

    #[test]
    fn each_staff_role_has_its_own_and_an_admin_has_all() {
        let may = |role: Role| -> Vec<&str> {
            let user = with(role);
            let allowed = Operation::iter().filter(|operation| operation.permission().of(&user));
            allowed.map(|operation| operation.into_str()).collect()
        };
        assert_eq!(may(Role::Admin).len(), Operation::iter().count());
        assert_eq!(
            may(Role::Support),
            ["cancel_order", "unlock_account", "decide_review", "decide_appeal"]
        );
        assert_eq!(
            may(Role::Catalogue),
            ["archive_product", "lift_recall", "decide_review", "decide_appeal"]
        );
        assert_eq!(may(Role::Finance), ["recheck_payment", "decide_refund"]);
        assert_eq!(
            may(Role::Security),
            [
                "end_sessions",
                "reset_second_factor",
                "lock_account",
                "unlock_account"
            ]
        );
        assert!(may(Role::Seller).is_empty());
        assert!(Permission::Audit.of(&with(Role::Security)));
    }
}
