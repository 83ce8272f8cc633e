//! Programs that sign in.

use std::time::Duration;

use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::account::Role;

/// Service accounts of one account.
pub const MOST_CLIENTS: i64 = 20;

/// Days a secret is good for when nobody says otherwise.
const USUAL_DAYS: u64 = 90;

/// How long secrets live on when there is a newer one.
pub const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: Id<Client>,
    pub account_id: Id<Member>,
    pub name: String,
    /// Services its tokens may call.
    pub scopes: Vec<String>,
    pub roles: Vec<Role>,
    pub create_time: OffsetDateTime,
    /// When its newest secret ends, while there is one.
    pub secret_expire_time: Option<OffsetDateTime>,
}

impl Client {
    /// What its tokens may do, given what its owner may do now.
    pub fn roles_of(&self, owner: &[Role]) -> Vec<Role> {
        let shared = self.roles.iter().filter(|role| owner.contains(role));
        shared.copied().collect()
    }
}

/// Whether a program may have this role of its owner.
pub fn is_delegable(role: Role, owner: &[Role]) -> bool {
    !role.is_staff() && owner.contains(&role)
}

/// How long a secret is good.
pub fn secret_life(days: i32) -> Duration {
    let days = u64::try_from(days).ok().filter(|days| *days > 0);
    Duration::from_secs(days.unwrap_or(USUAL_DAYS) * 24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_what_its_owner_has_and_no_staff_role() {
        let owner = [Role::Buyer, Role::Seller, Role::Admin, Role::Finance];
        let table = [
            (Role::Buyer, true),
            (Role::Seller, true),
            (Role::Admin, false),
            (Role::Finance, false),
            (Role::Catalogue, false),
        ];
        for (role, delegable) in table {
            assert_eq!(is_delegable(role, &owner), delegable, "{role:?}");
        }
        assert!(!is_delegable(Role::Seller, &[Role::Buyer]));
    }

    #[test]
    fn a_role_the_owner_lost_is_lost() {
        let client = Client {
            id: Id::new(),
            account_id: Id::new(),
            name: "erp".into(),
            scopes: Vec::new(),
            roles: vec![Role::Buyer, Role::Seller],
            create_time: OffsetDateTime::UNIX_EPOCH,
            secret_expire_time: None,
        };
        assert_eq!(client.roles_of(&[Role::Buyer, Role::Admin]), [Role::Buyer]);
    }

    #[test]
    fn a_secret_is_good_for_ninety_days_unless_told_otherwise() {
        let day = 24 * 60 * 60;
        assert_eq!(secret_life(0).as_secs(), 90 * day);
        assert_eq!(secret_life(7).as_secs(), 7 * day);
    }
}
