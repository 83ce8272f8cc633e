use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jsonwebtoken::EncodingKey;
use moka::sync::Cache;
use time::OffsetDateTime;
use xlcfi_contracts::auth::v1::Jwk;
use xlcfi_types::Clock;

use crate::token::{self, Claims, Expected};
use crate::{JwkSet, Machine, PublicKey, Refused, Seed, User};

/// `iss` of an access token.
pub const ISSUER: &str = "https://xlcfi.com/auth";

/// `aud` of an access token.
pub const AUDIENCE: &str = "xlcfi";

const EXPECTED: Expected = Expected {
    typ: "at+jwt",
    iss: ISSUER,
    aud: AUDIENCE,
    leeway: 30,
    life: 3_600,
};

/// Verified tokens kept, about 1 KiB each: a signature is dear, a look-up is not.
const KEPT: u64 = 4_096;

/// Verifies the access tokens of users (RFC 9068).
///
/// Cheap to clone; clones share the keys and what they verified.
#[derive(Clone)]
pub struct UserTokens {
    keys: JwkSet,
    clock: Clock,
    verified: Cache<Box<str>, Verified>,
}

#[derive(Clone)]
struct Verified {
    user: User,
    /// The program that acts for the user; none when it is the person.
    machine: Option<Arc<Machine>>,
    exp: i64,
    edition: u64,
}

impl UserTokens {
    /// Verifies with these keys, whatever they are replaced by.
    pub fn new(keys: JwkSet) -> Self {
        Self {
            keys,
            clock: Clock::system(),
            verified: Cache::builder()
                .max_capacity(KEPT)
                .time_to_idle(Duration::from_secs(300))
                .build(),
        }
    }

    /// Reads the time from `clock` instead of the machine.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The keys in use. After a refusal, [`JwkSet::unknown_kid`] says whether
    /// fetching them again may help.
    pub fn keys(&self) -> &JwkSet {
        &self.keys
    }

    /// The user an access token of a person speaks of. A program's is refused,
    /// as what it may do depends on the method.
    ///
    /// # Errors
    /// [`Refused::TokenInvalid`], [`Refused::TokenExpired`].
    pub fn verify(&self, token: &str) -> Result<User, Refused> {
        let verified = self.open(token)?;
        match verified.machine {
            None => Ok(verified.user),
            Some(_) => Err(Refused::TokenInvalid("it is a program's")),
        }
    }

    /// The user an access token speaks of, for a call of
    /// `/package.Service/Method`.
    ///
    /// # Errors
    /// [`Refused::TokenInvalid`], [`Refused::TokenExpired`],
    /// [`Refused::ScopeMissing`].
    pub fn verify_for(&self, token: &str, path: &str) -> Result<User, Refused> {
        let verified = self.open(token)?;
        match verified.machine {
            Some(machine) if !machine.may_call(path) => Err(Refused::ScopeMissing),
            _ => Ok(verified.user),
        }
    }

    fn open(&self, token: &str) -> Result<Verified, Refused> {
        let now = self.clock.now().unix_timestamp();
        // Read first: keys replaced meanwhile leave an entry that counts as old.
        let edition = self.keys.edition();
        if let Some(verified) = self.verified.get(token)
            && verified.edition == edition
        {
            return match verified.exp > now - EXPECTED.leeway {
                true => Ok(verified),
                false => Err(Refused::TokenExpired),
            };
        }
        let kid = token::kid(token, EXPECTED.typ)?;
        let key = self
            .keys
            .key(&kid)
            .ok_or(Refused::TokenInvalid("its key is not known"))?;
        let claims = token::open(token, std::iter::once(&key), EXPECTED, now)?;
        let verified = Verified {
            user: claims.user()?.ok_or(Refused::TokenInvalid("it names no user"))?,
            machine: claims.machine()?.map(Arc::new),
            exp: claims.exp,
            edition,
        };
        self.verified.insert(token.into(), verified.clone());
        Ok(verified)
    }
}

impl fmt::Debug for UserTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserTokens").field(&self.keys).finish()
    }
}

/// The token of an `authorization: Bearer` header, if there is that header.
///
/// # Errors
/// [`Refused::TokenInvalid`] when it comes twice or is of another scheme.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refused::TokenInvalid("there are two"));
    }
    value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Some(token.trim()))
        .ok_or(Refused::TokenInvalid(
            "the header does not read Bearer and a token",
        ))
}

/// A key of the auth service that signs access tokens.
#[derive(Clone)]
pub struct AccessTokenKey {
    kid: String,
    public: PublicKey,
    key: EncodingKey,
}

impl AccessTokenKey {
    /// The key of this id and seed.
    pub fn new(kid: impl Into<String>, seed: &Seed) -> Self {
        Self {
            kid: kid.into(),
            public: seed.public_key(),
            key: seed.signing_key(),
        }
    }

    /// The id tokens name it by.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// An access token for `user`, good from `now` on for `ttl` (at most an hour).
    pub fn mint(&self, user: &User, now: OffsetDateTime, ttl: Duration) -> String {
        let life = i64::try_from(ttl.as_secs())
            .unwrap_or(i64::MAX)
            .min(EXPECTED.life);
        let claims = Claims::new(ISSUER, AUDIENCE, now.unix_timestamp(), life, Some(user));
        token::sign(EXPECTED.typ, &self.kid, &self.key, &claims)
    }

    /// The same for a program that acts for `user`; its token says so, and which
    /// services it may call.
    pub fn mint_for_machine(
        &self,
        user: &User,
        machine: &Machine,
        now: OffsetDateTime,
        ttl: Duration,
    ) -> String {
        let life = i64::try_from(ttl.as_secs())
            .unwrap_or(i64::MAX)
            .min(EXPECTED.life);
        let mut claims = Claims::new(ISSUER, AUDIENCE, now.unix_timestamp(), life, Some(user));
        claims.client_id = Some(machine.client_id);
        claims.scope = Some(machine.services.join(" "));
        token::sign(EXPECTED.typ, &self.kid, &self.key, &claims)
    }

    /// The public half, for those who verify.
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: self.public.to_string(),
            kid: self.kid.clone(),
            alg: "EdDSA".into(),
            r#use: "sig".into(),
        }
    }
}

impl fmt::Debug for AccessTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessTokenKey({})", self.kid)
    }
}
