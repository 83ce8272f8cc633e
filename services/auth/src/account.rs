use std::fmt;

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Id<Member>,
    pub email: Email,
    pub display_name: String,
    /// In the order of [`Role`].
    pub roles: Vec<Role>,
    pub create_time: OffsetDateTime,
    /// The address was proven by a mail.
    pub verified: bool,
    /// Signing in takes a code beside the password.
    pub mfa: bool,
    /// Staff locked it: nobody signs in.
    pub locked: bool,
}

impl Account {
    /// Whether it has a role that is not for people who did not show a code.
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }

    /// What it may do from now on, once signed in with a code or without.
    pub fn roles_with(&self, code_shown: bool) -> Vec<Role> {
        let kept = self.roles.iter().filter(|role| code_shown || !role.is_staff());
        kept.copied().collect()
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Role {
    Buyer,
    Seller,
    Admin,
    /// Looks after products and reviews.
    Catalogue,
    /// Looks after money.
    Finance,
    /// Helps members.
    Support,
    /// Watches over accounts and roles.
    Security,
}

impl Role {
    /// Whether who has it runs some of the platform.
    pub fn is_staff(self) -> bool {
        match self {
            Self::Buyer | Self::Seller => false,
            Self::Admin | Self::Catalogue | Self::Finance | Self::Support | Self::Security => true,
        }
    }

    /// Whether the role can be taken from one of `admins`, who all there are.
    pub fn is_revocable(self, from: Id<Member>, admins: &[Id<Member>]) -> bool {
        match self {
            Self::Buyer => false,
            Self::Admin => admins != [from],
            Self::Seller | Self::Catalogue | Self::Finance | Self::Support | Self::Security => true,
        }
    }
}

/// Why nobody signs in with an account until staff ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffLock {
    pub time: OffsetDateTime,
    pub reason: String,
    pub by: Id<Member>,
}

/// Whether an account can be locked: somebody else decides, and of the `admins`, who
/// all there are not locked, one is left.
pub fn is_lockable(id: Id<Member>, deciders: &[Id<Member>], admins: &[Id<Member>]) -> bool {
    !deciders.contains(&id) && admins != [id]
}

/// An e-mail address as accounts are told apart by: in lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Addresses are personal data, and debug output ends up in logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buyer_and_the_last_admin_stay() {
        let (one, other) = (Id::new(), Id::new());
        assert!(!Role::Buyer.is_revocable(one, &[one, other]));
        assert!(Role::Seller.is_revocable(one, &[]));
        assert!(Role::Admin.is_revocable(one, &[one, other]));
        assert!(!Role::Admin.is_revocable(one, &[one]));
    }

    #[test]
    fn nobody_locks_their_own_account_or_the_last_admin() {
        let (one, other, buyer) = (Id::new(), Id::new(), Id::new());
        assert!(is_lockable(buyer, &[one], &[one]));
        assert!(is_lockable(other, &[one], &[one, other]));
        assert!(!is_lockable(one, &[buyer], &[one]));
        assert!(!is_lockable(one, &[other, one], &[one, other]));
    }

    #[test]
    fn an_address_is_in_lower_case_and_not_in_logs() {
        let email = Email::new("Kim@Example.com");
        assert_eq!(email, Email::new("kim@example.COM"));
        assert!(!format!("{email:?}").contains("kim"));
    }
}
