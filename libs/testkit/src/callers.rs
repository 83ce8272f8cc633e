use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_types::Id;

/// Somebody new who buys.
pub fn user() -> User {
    with(vec![Role::Buyer])
}

/// Somebody new who buys and sells.
pub fn seller() -> User {
    with(vec![Role::Buyer, Role::Seller])
}

/// Somebody new who runs the platform.
pub fn admin() -> User {
    with(vec![Role::Buyer, Role::Admin])
}

fn with(roles: Vec<Role>) -> User {
    User {
        id: Id::new(),
        roles,
        session_id: Uuid::now_v7(),
    }
}
