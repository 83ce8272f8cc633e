use tonic::metadata::MetadataMap;
use uuid::Uuid;
use xlcfi_contracts::auth::v1 as pb;
pub use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::policy::{self, Access};
use xlcfi_contracts::types::v1 as types;
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::request_id;
pub use xlcfi_errors::fields::{optional_id, page, uuid};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::account::{Account, Email, Role};
use crate::client::Client;
use crate::device::Device;
use crate::error::Error;
use crate::flows::{Credentials, Deciders, LoggedIn, NewClient, SignUp, Tokens};
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
        accepted: request.accepted_texts,
    })
}

/// A name that is not blank.
pub fn name(field: &str, text: &str) -> Result<String, Invalid> {
    match text.trim() {
        "" => Err(Invalid::field(field, "must not be blank")),
        name => Ok(name.to_owned()),
    }
}

/// A program somebody wants an account for. Its scopes are services the edge
/// routes to, auth's left out: a program changes nobody's password.
pub fn new_client(request: pb::CreateServiceAccountRequest) -> Result<NewClient, Error> {
    let wanted = name("name", &request.name)?;
    let roles = request.roles().filter_map(known_role).collect();
    let request_id = request_id(&request.request_id)?;
    if let Some(unknown) = request.scopes.iter().find(|scope| !may_be_scope(scope)) {
        return Err(Error::ScopeUnknown(unknown.clone()));
    }
    Ok(NewClient {
        name: wanted,
        scopes: request.scopes,
        roles,
        secret_days: request.secret_days,
        request_id,
    })
}

/// Whether programs may call this service: one that people call, and not auth's.
fn may_be_scope(name: &str) -> bool {
    let is_open = |method| policy::read(&method).is_ok_and(|policy| policy.access != Access::Internal);
    let service = xlcfi_contracts::POOL.get_service_by_name(name);
    let service = service.filter(|_| !name.starts_with("xlcfi.auth."));
    service.is_some_and(|service| service.methods().any(is_open))
}

pub fn credentials(request: pb::LogInRequest, user_agent: String) -> Credentials {
    Credentials {
        email: Email::new(&request.email),
        password: request.password,
        device: Device::new(user_agent, &request.device_name),
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

/// Who stands behind what the admin service asks for, each with one of these roles.
pub fn deciders(acting: &str, approving: &str, allowed: &'static [Role]) -> Result<Deciders, Invalid> {
    let by = uuid("acting_account_id", acting)?.into();
    let approved_by = optional_id("approving_account_id", approving)?;
    if approved_by == Some(by) {
        return Err(Invalid::field("approving_account_id", "must be somebody else"));
    }
    Ok(Deciders {
        by,
        approved_by,
        allowed,
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
        email_verified: account.verified,
        mfa_enabled: account.mfa,
        locked: account.locked,
    }
}

/// The answer to a right password; `staff_mfa` says whether staff need a code.
pub fn logged_in(answer: LoggedIn, staff_mfa: bool) -> pb::LogInResponse {
    match answer {
        LoggedIn::Session(issued, of) => pb::LogInResponse {
            tokens: Some(tokens(issued)),
            account: Some(account(&of)),
            challenge: None,
            mfa_enrolment_required: staff_mfa && of.is_staff() && !of.mfa,
        },
        LoggedIn::Challenge(token, challenge) => pb::LogInResponse {
            challenge: Some(pb::MfaChallenge {
                mfa_token: token.into_text(),
                expire_time: Some(timestamp(challenge.expire_time)),
            }),
            ..pb::LogInResponse::default()
        },
    }
}

pub fn service_account(client: Client) -> pb::ServiceAccount {
    pb::ServiceAccount {
        service_account_id: client.id.to_string(),
        name: client.name,
        scopes: client.scopes,
        roles: client.roles.into_iter().map(|known| role(known).into()).collect(),
        create_time: Some(timestamp(client.create_time)),
        secret_expire_time: client.secret_expire_time.map(timestamp),
    }
}

pub fn account_created(account: &Account, accepted: &[pb::AcceptedText]) -> pb::AccountCreated {
    pb::AccountCreated {
        account_id: account.id.to_string(),
        email: account.email.as_str().to_owned(),
        display_name: account.display_name.clone(),
        roles: roles(account),
        time: Some(timestamp(account.create_time)),
        accepted_texts: accepted.to_vec(),
    }
}

pub fn session(session: Session, current: Uuid) -> pb::Session {
    pb::Session {
        session_id: session.id.to_string(),
        user_agent: session.device.user_agent,
        device_name: session.device.name,
        mfa: session.mfa,
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
            ..pb::SignUpRequest::default()
        };
        assert!(sign_up(request(" \t")).is_err());
        let wanted = sign_up(request(" 김 "))
            .ok()
            .map(|wanted| (wanted.email, wanted.display_name));
        assert_eq!(wanted, Some((Email::new("kim@example.com"), "김".into())));
    }
}
