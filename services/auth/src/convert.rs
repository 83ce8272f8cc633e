use tonic::metadata::MetadataMap;
use uuid::Uuid;
use xlcfi_contracts::auth::v1 as pb;
pub use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::types::v1 as types;
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{optional_id, page, uuid};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::account::{Account, Email, Role};
use crate::flows::{Credentials, Deciders, SignUp, Tokens};
use crate::session::Session;

/// Longest name of a client we keep, in characters.
const LONGEST_USER_AGENT: usize = 200;

pub fn sign_up(request: pb::SignUpRequest) -> Result<SignUp, Invalid> {
    let mut invalid = Invalid::default();
    let display_name = request.display_name.trim().to_owned();
    if display_name.is_empty() {
        invalid.add("display_name", "must not be blank");
    }
    let request_id = match request.request_id.as_str() {
        "" => None,
        text => invalid.take("request_id", Uuid::try_parse(text)),
    };
    invalid.into_result()?;
    Ok(SignUp {
        email: Email::new(&request.email),
        password: request.password,
        display_name,
        request_id,
    })
}

pub fn credentials(request: pb::LogInRequest, user_agent: String) -> Credentials {
    Credentials {
        email: Email::new(&request.email),
        password: request.password,
        user_agent,
    }
}

/// What the client calls itself; libraries that carry the call for it add
/// their own names, which say nothing.
pub fn user_agent(metadata: &MetadataMap) -> String {
    let text = metadata
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let words = text
        .split(' ')
        .filter(|word| !word.is_empty() && !word.starts_with("tonic/"));
    let words: Vec<_> = words.collect();
    words.join(" ").chars().take(LONGEST_USER_AGENT).collect()
}

pub fn account_and_role(account_id: &str, role: types::Role) -> Result<(Id<Member>, Role), Invalid> {
    let role = known_role(role).ok_or_else(|| Invalid::field("role", "must be given"))?;
    Ok((uuid("account_id", account_id)?.into(), role))
}

pub fn known_role(role: types::Role) -> Option<Role> {
    match role {
        types::Role::Buyer => Some(Role::Buyer),
        types::Role::Seller => Some(Role::Seller),
        types::Role::Admin => Some(Role::Admin),
        types::Role::Catalogue => Some(Role::Catalogue),
        types::Role::Finance => Some(Role::Finance),
        types::Role::Support => Some(Role::Support),
        types::Role::Security => Some(Role::Security),
        types::Role::Unspecified => None,
    }
}

/// Who stands behind what the admin service asks for.
pub fn deciders(acting: &str, approving: &str) -> Result<Deciders, Invalid> {
    let by = uuid("acting_account_id", acting)?.into();
    let approved_by = optional_id("approving_account_id", approving)?;
    if approved_by == Some(by) {
        return Err(Invalid::field("approving_account_id", "must be somebody else"));
    }
    Ok(Deciders {
        by,
        approved_by,
        allowed: &[Role::Admin, Role::Security],
    })
}

pub fn role(role: Role) -> types::Role {
    match role {
        Role::Buyer => types::Role::Buyer,
        Role::Seller => types::Role::Seller,
        Role::Admin => types::Role::Admin,
        Role::Catalogue => types::Role::Catalogue,
        Role::Finance => types::Role::Finance,
        Role::Support => types::Role::Support,
        Role::Security => types::Role::Security,
    }
}

fn roles(account: &Account) -> Vec<i32> {
    account.roles.iter().map(|known| role(*known).into()).collect()
}

pub fn account(account: &Account) -> pb::Account {
    pb::Account {
        account_id: account.id.to_string(),
        email: account.email.as_str().to_owned(),
        display_name: account.display_name.clone(),
        roles: roles(account),
        create_time: Some(timestamp(account.create_time)),
    }
}

pub fn account_created(account: &Account) -> pb::AccountCreated {
    pb::AccountCreated {
        account_id: account.id.to_string(),
        email: account.email.as_str().to_owned(),
        display_name: account.display_name.clone(),
        roles: roles(account),
        time: Some(timestamp(account.create_time)),
    }
}

pub fn session(session: Session, current: Uuid) -> pb::Session {
    pb::Session {
        session_id: session.id.to_string(),
        user_agent: session.user_agent,
        current: session.id.uuid() == current,
        create_time: Some(timestamp(session.create_time)),
        refresh_time: Some(timestamp(session.refresh_time)),
        expire_time: Some(timestamp(session.expire_time)),
    }
}

pub fn tokens(tokens: Tokens) -> pb::TokenPair {
    pb::TokenPair {
        access_token: tokens.access_token,
        access_expire_time: Some(timestamp(tokens.access_expire_time)),
        refresh_token: tokens.refresh_token.into_text(),
        refresh_expire_time: Some(timestamp(tokens.refresh_expire_time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_own_name_only() {
        let named = |value: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("user-agent", value.parse().expect("a header"));
            user_agent(&metadata)
        };
        assert_eq!(user_agent(&MetadataMap::new()), "");
        assert_eq!(named("tonic/0.14.2"), "");
        assert_eq!(named("Mozilla/5.0 (X11) tonic/0.14.2"), "Mozilla/5.0 (X11)");
        assert_eq!(named(&"x".repeat(1_000)).len(), LONGEST_USER_AGENT);
    }

    #[test]
    fn a_blank_name_is_none() {
        let request = |display_name: &str| pb::SignUpRequest {
            email: "Kim@Example.com".into(),
            password: "0123456789".into(),
            display_name: display_name.into(),
            request_id: String::new(),
        };
        assert!(sign_up(request(" \t")).is_err());
        let wanted = sign_up(request(" 김 "))
            .ok()
            .map(|wanted| (wanted.email, wanted.display_name));
        assert_eq!(wanted, Some((Email::new("kim@example.com"), "김".into())));
    }
}
