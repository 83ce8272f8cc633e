use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::time::{Duration, Instant};
use xlcfi_contracts::auth::v1 as contract;

use crate::PublicKey;
use crate::token::Key;

/// How long after one extra fetch the next may follow.
const PAUSE: Duration = Duration::from_secs(30);

/// A set of keys none of which can verify an access token.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// Not a JWK set (RFC 7517).
    #[error("not a JWK set")]
    Malformed(#[source] serde_json::Error),
    /// Neither an Ed25519 nor a P-256 signing key with an id is in it.
    #[error("the set has no key for access tokens")]
    Empty,
}

/// The public keys that verify access tokens; a handle whose keys can be replaced.
///
/// Cheap to clone; clones share the keys.
#[derive(Clone, Default)]
pub struct JwkSet(Arc<Inner>);

#[derive(Default)]
struct Inner {
    keys: RwLock<HashMap<String, Key>>,
    /// Counts the changes, so that what was verified with other keys can be told.
    edition: AtomicU64,
    unknown: AtomicBool,
    fetched: Mutex<Option<Instant>>,
}

/// One key as RFC 7517 and RFC 8037 write it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    kid: String,
    alg: String,
    r#use: String,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl JwkSet {
    /// A set without keys: it verifies nothing until they are [replaced](Self::replace).
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts these keys in the place of the ones so far. Keys of a kind we do
    /// not use are left out. Answers how many there are now.
    ///
    /// # Errors
    /// [`JwksError::Empty`]; the keys so far stay.
    pub fn replace<'a>(&self, keys: impl IntoIterator<Item = &'a contract::Jwk>) -> Result<usize, JwksError> {
        self.put(keys.into_iter().cloned().map(|key| Jwk {
            kty: key.kty,
            crv: key.crv,
            x: key.x,
            y: String::new(),
            kid: key.kid,
            alg: key.alg,
            r#use: key.r#use,
        }))
    }

    /// As [`replace`](Self::replace), from a JWK set document.
    ///
    /// # Errors
    /// [`JwksError`]; the keys so far stay.
    pub fn replace_json(&self, document: &[u8]) -> Result<usize, JwksError> {
        let Document { keys } = serde_json::from_slice(document).map_err(JwksError::Malformed)?;
        self.put(
            keys.into_iter()
                .filter_map(|key| serde_json::from_value(key).ok()),
        )
    }

    /// Whether a token named a key that is not in the set, and it is time to
    /// fetch the set again. Says yes to one asker, and then for 30 seconds to none.
    pub fn unknown_kid(&self) -> bool {
        if !self.0.unknown.load(Ordering::Relaxed) {
            return false;
        }
        let mut fetched = self.0.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if fetched.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        *fetched = Some(Instant::now());
        self.0.unknown.store(false, Ordering::Relaxed);
        true
    }

    fn put(&self, keys: impl Iterator<Item = Jwk>) -> Result<usize, JwksError> {
        let keys: HashMap<_, _> = keys
            .filter_map(|jwk| Some((jwk.kid.clone(), jwk.read()?)))
            .collect();
        if keys.is_empty() {
            return Err(JwksError::Empty);
        }
        let count = keys.len();
        let mut current = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        if *current != keys {
            *current = keys;
            self.0.edition.fetch_add(1, Ordering::Release);
        }
        Ok(count)
    }

    /// Which edition of the keys is in use.
    pub(crate) fn edition(&self) -> u64 {
        self.0.edition.load(Ordering::Acquire)
    }

    /// The key of this id; notes it when there is none.
    pub(crate) fn key(&self, kid: &str) -> Option<Key> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(kid).cloned();
        if key.is_none() {
            self.0.unknown.store(true, Ordering::Relaxed);
        }
        key
    }
}

impl Jwk {
    /// The key, if it is one for access tokens.
    fn read(&self) -> Option<Key> {
        let fits = |value: &str, wanted: &str| value.is_empty() || value == wanted;
        if self.kid.is_empty() || !fits(&self.r#use, "sig") {
            return None;
        }
        match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") if fits(&self.alg, "EdDSA") => Some(self.x.parse::<PublicKey>().ok()?.key()),
            ("EC", "P-256") if fits(&self.alg, "ES256") => {
                let long = |part: &str| URL_SAFE_NO_PAD.decode(part).is_ok_and(|part| part.len() == 32);
                if !long(&self.x) || !long(&self.y) {
                    return None;
                }
                let key = DecodingKey::from_ec_components(&self.x, &self.y).ok()?;
                Some(Key::new(Algorithm::ES256, key))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(keys.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn keys_of_other_kinds_are_left_out_and_an_empty_set_changes_nothing() {
        let set = JwkSet::new();
        let x = Seed::generate().public_key();
        let document = format!(
            r#"{{"keys":[
                {{"kty":"OKP","crv":"Ed25519","kid":"ours","x":"{x}"}},
                {{"kty":"OKP","crv":"Ed25519","kid":"sealing","x":"{x}","use":"enc"}},
                {{"kty":"OKP","crv":"Ed25519","kid":"confused","x":"{x}","alg":"HS256"}},
                {{"kty":"OKP","crv":"Ed25519","x":"{x}"}},
                {{"kty":"RSA","kid":"rsa","n":"AQAB","e":"AQAB"}},
                {{"kty":"EC","crv":"P-256","kid":"short","x":"AQAB","y":"AQAB"}},
                {{"kty":7}}, 7]}}"#
        );
        assert_eq!(set.replace_json(document.as_bytes()).ok(), Some(1));
        assert!(matches!(
            set.replace_json(b"{\"keys\":[]}"),
            Err(JwksError::Empty)
        ));
        assert!(matches!(set.replace_json(b"apple"), Err(JwksError::Malformed(_))));
        assert!(set.key("ours").is_some() && set.key("confused").is_none());
    }

    #[test]
    fn the_edition_changes_with_the_keys_only() {
        let set = JwkSet::new();
        let key = |seed: &Seed| contract::Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: seed.public_key().to_string(),
            kid: "k".into(),
            ..Default::default()
        };
        let (old, new) = (Seed::generate(), Seed::generate());
        for (seed, edition) in [(&old, 1), (&old, 1), (&new, 2)] {
            assert_eq!(set.replace([&key(seed)]).ok(), Some(1));
            assert_eq!(set.edition(), edition);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_key_asks_for_one_fetch_in_thirty_seconds() {
        let set = JwkSet::new();
        assert!(!set.unknown_kid(), "nobody asked for a key yet");
        assert!(set.key("new").is_none());
        assert!(set.unknown_kid());
        assert!(set.key("new").is_none());
        assert!(!set.unknown_kid(), "too soon");
        tokio::time::advance(PAUSE).await;
        assert!(set.unknown_kid());
        assert!(!set.unknown_kid(), "nobody asked since");
    }
}
