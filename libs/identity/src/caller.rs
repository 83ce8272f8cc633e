use tonic::{Request, Status};
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_contracts::validate::Validate;
use xlcfi_errors::{Explain as _, Fault, Invalid};
use xlcfi_types::Id;

use crate::Refused;

/// Names the ids of people: a member and its account share one.
#[derive(Debug, Clone, Copy)]
pub enum Member {}

/// A person who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// Who.
    pub id: Id<Member>,
    /// What they may do, as of their access token.
    pub roles: Vec<Role>,
    /// The sign-in this call was made with.
    pub session_id: Uuid,
}

impl User {
    /// Whether the user has this role.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the user runs the platform.
    pub fn is_admin(&self) -> bool {
        self.has_role(Role::Admin)
    }
}

/// A program that signed in for a user: a service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its id.
    pub client_id: Uuid,
    /// Full names of the services it may call.
    pub services: Vec<String>,
}

impl Machine {
    /// Whether it may call the method at `/package.Service/Method`, as far as
    /// services go.
    pub fn may_call(&self, path: &str) -> bool {
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        service.is_some_and(|(service, _)| self.services.iter().any(|named| named == service))
    }
}

/// Who makes a call, as the [`Gate`](crate::Gate) found it proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Someone at the edge who did not sign in.
    Anonymous,
    /// A user, at the edge or through another service.
    User(User),
    /// A service on its own behalf; on internal methods always this.
    Service(String),
}

impl Caller {
    /// The user.
    ///
    /// # Errors
    /// [`Refused::TokenMissing`] when the caller is none.
    pub fn user(&self) -> Result<&User, Refused> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous | Self::Service(_) => Err(Refused::TokenMissing),
        }
    }

    /// Whether the caller is a user with this role.
    pub fn has_role(&self, role: Role) -> bool {
        self.user().is_ok_and(|user| user.has_role(role))
    }

    /// Whether the caller is a user who runs the platform.
    pub fn is_admin(&self) -> bool {
        self.has_role(Role::Admin)
    }
}

/// Who calls, and a request that keeps the field rules of its contract.
///
/// The first line of every RPC method.
///
/// # Errors
/// INVALID_ARGUMENT with every broken rule; INTERNAL when no
/// [`Gate`](crate::Gate) stands before the service.
pub fn admit<M: Validate>(request: Request<M>) -> Result<(Caller, M), Status> {
    let (_, mut extensions, message) = request.into_parts();
    let caller = extensions
        .remove::<Caller>()
        .ok_or_else(|| Fault::bug("no gate stands before this service").into_status())?;
    Invalid::check(&message)?;
    Ok((caller, message))
}

#[cfg(test)]
mod tests {
    use xlcfi_contracts::auth::v1::RevokeSessionRequest;
    use xlcfi_errors::{Code, reason_of};

    use super::*;

    fn asking(session_id: &str, caller: Option<Caller>) -> Result<(Caller, RevokeSessionRequest), Status> {
        let mut request = Request::new(RevokeSessionRequest {
            session_id: session_id.into(),
        });
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        admit(request)
    }

    #[test]
    fn a_well_formed_request_is_admitted_with_its_caller() {
        let id = Uuid::now_v7().to_string();
        let (caller, message) = asking(&id, Some(Caller::Anonymous)).expect("both are there");
        assert_eq!((caller, message.session_id), (Caller::Anonymous, id));
    }

    #[test]
    fn a_broken_field_rule_is_told() {
        let status = asking("apple", Some(Caller::Anonymous)).expect_err("it is no UUID");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason_of(&status).as_deref(), Some("INVALID_FIELDS"));
    }

    #[test]
    fn a_request_that_passed_no_gate_is_a_bug() {
        let status = asking("apple", None).expect_err("nobody says who calls");
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn only_a_user_has_roles() {
        let user = User {
            id: Id::new(),
            roles: vec![Role::Buyer, Role::Admin],
            session_id: Uuid::now_v7(),
        };
        let caller = Caller::User(user.clone());
        assert_eq!(caller.user(), Ok(&user));
        assert!(caller.is_admin() && !caller.has_role(Role::Seller));
        for other in [Caller::Anonymous, Caller::Service("order".into())] {
            assert_eq!(other.user(), Err(Refused::TokenMissing));
            assert!(!other.is_admin());
        }
    }
}
