//! What user tokens and internal tokens have in common: claims, signing, opening.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;

use crate::{Machine, Refused, User};

/// The longest token anyone is asked to look at, in bytes.
const LONGEST: usize = 4_096;

/// A public key and the one algorithm it is for.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    key: DecodingKey,
    validation: Validation,
}

impl Key {
    pub fn new(algorithm: Algorithm, key: DecodingKey) -> Self {
        // The claims are checked in `open`, by our own clock.
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { key, validation }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.validation == other.validation
            && self.key.try_get_as_bytes().ok() == other.key.try_get_as_bytes().ok()
    }
}

/// The claims; times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub iss: String,
    pub aud: String,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The program that signed in for the user; people have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// Services the program may call, with spaces between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Claims {
    pub fn new(iss: &str, aud: &str, now: i64, life: i64, user: Option<&User>) -> Self {
        let roles = user.map(|user| user.roles.iter().map(|role| role.as_str_name().to_owned()));
        Self {
            iss: iss.to_owned(),
            aud: aud.to_owned(),
            iat: now,
            nbf: now,
            exp: now + life,
            sub: user.map(|user| user.id.uuid()),
            sid: user.map(|user| user.session_id),
            roles: roles.into_iter().flatten().collect(),
            client_id: None,
            scope: None,
        }
    }

    /// The program these speak of, if any. One that names no services may call none.
    pub fn machine(&self) -> Result<Option<Machine>, Refused> {
        let services = self.scope.as_deref().unwrap_or_default().split_whitespace();
        match (self.client_id, &self.scope) {
            (Some(client_id), _) => Ok(Some(Machine {
                client_id,
                services: services.map(str::to_owned).collect(),
            })),
            (None, Some(_)) => Err(Refused::TokenInvalid("it has a scope and names no program")),
            (None, None) => Ok(None),
        }
    }

    /// The user the token speaks of. A role we do not know yet is left out.
    pub fn user(&self) -> Result<Option<User>, Refused> {
        match (self.sub, self.sid) {
            (Some(id), Some(session_id)) => Ok(Some(User {
                id: id.into(),
                session_id,
                roles: self
                    .roles
                    .iter()
                    .filter_map(|role| Role::from_str_name(role))
                    .collect(),
            })),
            (None, None) => Ok(None),
            _ => Err(Refused::TokenInvalid("it names half a user")),
        }
    }
}

/// What a token must be for somebody to take it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub typ: &'static str,
    pub iss: &'a str,
    pub aud: &'a str,
    /// How far the clocks of two machines may differ, in seconds.
    pub leeway: i64,
    /// The longest it may be valid, in seconds.
    pub life: i64,
}

pub(crate) fn sign(typ: &str, kid: &str, key: &EncodingKey, claims: &Claims) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(typ.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key).expect("an Ed25519 key signs any text")
}

/// The key id a token names. Proves nothing yet.
pub(crate) fn kid(token: &str, typ: &str) -> Result<String, Refused> {
    if token.len() > LONGEST {
        return Err(Refused::TokenInvalid("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::TokenInvalid("it is malformed"))?;
    if header.typ.as_deref() != Some(typ) {
        return Err(Refused::TokenInvalid("it is a token for something else"));
    }
    if header.crit.is_some() {
        return Err(Refused::TokenInvalid("it has critical headers"));
    }
    header.kid.ok_or(Refused::TokenInvalid("it names no key"))
}

/// The claims of a token that one of `keys` signed and that is as expected at `now`.
pub(crate) fn open<'k>(
    token: &str,
    keys: impl Iterator<Item = &'k Key>,
    expected: Expected<'_>,
    now: i64,
) -> Result<Claims, Refused> {
    let mut claims = Err(Refused::TokenInvalid("nobody we know signed it"));
    for key in keys {
        claims = verify(token, key);
        if claims != Err(BAD_SIGNATURE) {
            break;
        }
    }
    let claims = claims?;
    let Claims { iat, nbf, exp, .. } = claims;
    match () {
        () if claims.iss != expected.iss => Err(Refused::TokenInvalid("it is from somebody else")),
        () if claims.aud != expected.aud => Err(Refused::TokenInvalid("it is for somebody else")),
        () if exp.saturating_sub(iat) > expected.life => Err(Refused::TokenInvalid("it lives too long")),
        () if nbf.min(iat) < 0 || exp < iat => Err(Refused::TokenInvalid("its times make no sense")),
        () if nbf.max(iat) > now + expected.leeway => Err(Refused::TokenInvalid("it is not valid yet")),
        () if exp <= now - expected.leeway => Err(Refused::TokenExpired),
        () => Ok(claims),
    }
}

const BAD_SIGNATURE: Refused = Refused::TokenInvalid("its signature is wrong");

fn verify(token: &str, key: &Key) -> Result<Claims, Refused> {
    jsonwebtoken::decode(token, &key.key, &key.validation)
        .map(|data| data.claims)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => BAD_SIGNATURE,
            ErrorKind::InvalidAlgorithm => Refused::TokenInvalid("its algorithm is not its key's"),
            _ => Refused::TokenInvalid("it is malformed"),
        })
}
