use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jsonwebtoken::EncodingKey;
use moka::sync::Cache;
use xlcfi_types::Clock;

use crate::token::{self, Claims};
use crate::{Seed, User};

/// Metadata key that carries the internal token.
pub const HEADER: &str = "x-xlcfi-identity";

/// Name of the edge, the one caller that speaks for people rather than for itself.
pub const EDGE: &str = "edge";

/// `typ` header of an internal token.
pub(crate) const TYP: &str = "xlcfi-int+jwt";

/// Seconds an internal token lives.
pub(crate) const LIFE: i64 = 60;

/// Seconds an internal token is used again; the rest of its life is for the way.
const REUSED: i64 = 30;

/// Tokens kept for use again, about 1 KiB each.
const KEPT: u64 = 4_096;

/// One service's own identity: mints the tokens it shows to other services.
///
/// Cheap to clone; clones share what they keep.
#[derive(Clone)]
pub struct Signer {
    name: Arc<str>,
    key: Arc<EncodingKey>,
    clock: Clock,
    kept: Cache<(String, Option<User>), (HeaderValue, i64)>,
}

impl Signer {
    /// The identity of the named service.
    pub fn new(name: &str, seed: &Seed) -> Self {
        Self {
            name: name.into(),
            key: Arc::new(seed.signing_key()),
            clock: Clock::system(),
            kept: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(Duration::from_secs(REUSED.unsigned_abs()))
                .build(),
        }
    }

    /// Reads the time from `clock` instead of the machine.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Whose identity this is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A token that tells the service `audience` who calls, and for which user:
    /// the value of [`HEADER`]. Valid for at least 30 seconds and at most 60.
    pub fn token(&self, audience: &str, on_behalf_of: Option<&User>) -> HeaderValue {
        let now = self.clock.now().unix_timestamp();
        let wanted = (audience.to_owned(), on_behalf_of.cloned());
        match self.kept.get(&wanted) {
            Some((token, minted)) if (minted..minted + REUSED).contains(&now) => return token,
            _ => {}
        }
        let claims = Claims::new(&self.name, audience, now, LIFE, on_behalf_of);
        let token = token::sign(TYP, &self.name, &self.key, &claims);
        let mut token = HeaderValue::try_from(token).expect("a token is base64url and dots");
        token.set_sensitive(true);
        self.kept.insert(wanted, (token.clone(), now));
        token
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;
    use xlcfi_contracts::types::v1::Role;
    use xlcfi_types::Id;

    use super::*;

    #[test]
    fn a_token_is_used_again_for_the_same_audience_and_user_until_it_is_half_old() {
        let clock = Clock::fixed(datetime!(2026-03-01 09:00 UTC));
        let signer = Signer::new("edge", &Seed::generate()).with_clock(clock.clone());
        let mut user = User {
            id: Id::new(),
            roles: vec![Role::Buyer],
            session_id: Uuid::now_v7(),
        };
        let first = signer.token("order", Some(&user));
        assert_eq!(signer.token("order", Some(&user)), first);
        assert_ne!(signer.token("product", Some(&user)), first);
        assert_ne!(signer.token("order", None), first);

        clock.advance(time::Duration::seconds(29));
        assert_eq!(signer.token("order", Some(&user)), first);
        clock.advance(time::Duration::seconds(1));
        assert_ne!(signer.token("order", Some(&user)), first);

        let buyer = signer.token("order", Some(&user));
        user.roles.push(Role::Admin);
        assert_ne!(signer.token("order", Some(&user)), buyer);
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = Signer::new("edge", &Seed::generate()).token("order", None);
        assert_eq!(format!("{token:?}"), "Sensitive");
    }
}
