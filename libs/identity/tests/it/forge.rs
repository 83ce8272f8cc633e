//! Tokens made by hand, so that they can be wrong in any one way.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{
    AccessTokenKey, Caller, Gate, HEADER, JwkSet, Keyring, PublicKey, Refused, Seed, User, UserTokens,
};
use xlcfi_types::{Clock, Id};

pub const NOW: OffsetDateTime = datetime!(2026-03-01 09:00 UTC);
pub const LOG_OUT: &str = "/xlcfi.auth.v1.AuthService/LogOut";

pub fn user(roles: &[Role]) -> User {
    User {
        id: Id::new(),
        roles: roles.to_vec(),
        session_id: Uuid::now_v7(),
    }
}

/// A good token in parts, to be spoiled.
#[derive(Clone)]
pub struct Parts {
    pub header: Value,
    pub claims: Value,
    pub seed: Seed,
}

impl Parts {
    pub fn unsigned(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    pub fn signed(&self) -> String {
        let message = self.unsigned();
        let signature = SigningKey::from_bytes(self.seed.as_bytes()).sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

type Verify = dyn Fn(&str) -> Result<User, Refused>;

/// One of the two places that take tokens, and the token it takes.
pub struct Door {
    pub name: &'static str,
    pub good: Parts,
    pub public: PublicKey,
    /// Another name the door knows, and its key.
    pub other: (&'static str, Seed),
    pub leeway: i64,
    pub longest: i64,
    /// Who looks at the tokens of users; the other door has none.
    pub tokens: Option<UserTokens>,
    verify: Box<Verify>,
}

impl Door {
    pub fn take(&self, token: &str) -> Result<User, Refused> {
        (self.verify)(token)
    }
}

fn parts(typ: &str, kid: &str, iss: &str, aud: &str, seed: &Seed) -> Parts {
    let now = NOW.unix_timestamp();
    Parts {
        header: json!({"typ": typ, "alg": "EdDSA", "kid": kid}),
        claims: json!({
            "iss": iss, "aud": aud, "iat": now, "nbf": now, "exp": now + 60,
            "sub": Uuid::now_v7(), "sid": Uuid::now_v7(), "roles": ["ROLE_BUYER"],
        }),
        seed: seed.clone(),
    }
}

/// Where users' access tokens are taken.
pub fn user_door() -> Door {
    let (seed, other) = (Seed::generate(), Seed::generate());
    let keys = JwkSet::new();
    keys.replace([
        &AccessTokenKey::new("k1", &seed).jwk(),
        &AccessTokenKey::new("k2", &other).jwk(),
    ])
    .expect("two keys");
    let tokens = UserTokens::new(keys).with_clock(Clock::fixed(NOW));
    Door {
        name: "user",
        good: parts("at+jwt", "k1", "https://xlcfi.com/auth", "xlcfi", &seed),
        public: seed.public_key(),
        other: ("k2", other),
        leeway: 30,
        longest: 3_600,
        tokens: Some(tokens.clone()),
        verify: Box::new(move |token| tokens.verify(token)),
    }
}

/// Where internal tokens are taken: the gate of auth.
pub fn internal_door() -> Door {
    let (seed, other) = (Seed::generate(), Seed::generate());
    let keyring = Keyring::new()
        .with("edge", seed.public_key())
        .with("order", other.public_key());
    let gate = Gate::new("auth", keyring).with_clock(Clock::fixed(NOW));
    Door {
        name: "internal",
        good: parts("xlcfi-int+jwt", "edge", "edge", "auth", &seed),
        public: seed.public_key(),
        other: ("order", other),
        leeway: 5,
        longest: 60,
        tokens: None,
        verify: Box::new(move |token| {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::try_from(token).map_err(|_| Refused::TokenInvalid("no header value"))?;
            headers.insert(HEADER, value);
            match gate.check(LOG_OUT, &headers)?.0 {
                Caller::User(user) => Ok(user),
                _ => Err(Refused::TokenMissing),
            }
        }),
    }
}
