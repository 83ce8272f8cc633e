//! The person on whose behalf something is asked of another service, kept so that it
//! can be asked again after a crash.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;

/// Somebody, as they signed in when they acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    id: Uuid,
    session_id: Uuid,
    roles: Vec<String>,
}

impl From<&User> for Acting {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.uuid(),
            session_id: user.session_id,
            roles: user
                .roles
                .iter()
                .map(|role| role.as_str_name().to_owned())
                .collect(),
        }
    }
}

impl Acting {
    /// Who it was.
    pub fn user(&self) -> User {
        User {
            id: self.id.into(),
            session_id: self.session_id,
            roles: self
                .roles
                .iter()
                .filter_map(|role| Role::from_str_name(role))
                .collect(),
        }
    }
}
