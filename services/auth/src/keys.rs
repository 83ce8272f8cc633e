//! The keys that sign access tokens, as this process has them at hand.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::PgPool;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::Jwk;
use xlcfi_errors::Fault;
use xlcfi_identity::{AccessTokenKey, JwkSet, Seed};
use xlcfi_types::Clock;

use crate::hashing::Hashing;
use crate::session::ACCESS_LIFE;
use crate::store::keys::{self as store, StoredKey};

/// How long after a rotation by one replica another may still sign with the old key.
const STALE: Duration = Duration::from_secs(5);

/// How long a retired key is listed: until the last token it signed has ended,
/// on clocks half a minute apart.
pub const LISTED: Duration = Duration::from_secs(ACCESS_LIFE.as_secs() + STALE.as_secs() + 55);

/// A stored key whose seed is not the one this process derives for it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the signing key {0} was not made with this AUTH_KEY_SECRET; set the one until now, or empty the table signing_key, \
     which ends every access token"
)]
pub struct WrongSecret(String);

/// The signing keys, read from the database and kept for some seconds.
#[derive(Clone)]
pub struct Keys {
    secret: Arc<str>,
    hashing: Hashing,
    clock: Clock,
    ring: Arc<RwLock<Ring>>,
    /// All keys this process made or derived so far: doing it again would be dear.
    derived: Arc<RwLock<HashMap<String, AccessTokenKey>>>,
    reads: Arc<AtomicU64>,
    published: JwkSet,
}

#[derive(Clone, Default)]
struct Ring {
    /// In use, newest first.
    keys: Vec<AccessTokenKey>,
    read_time: Option<OffsetDateTime>,
    /// Which read this is; a slow one does not undo a later one.
    read: u64,
}

impl Keys {
    /// Keys derived from `secret`; what verifies their tokens is also put into `published`.
    pub fn new(secret: &str, hashing: Hashing, clock: Clock, published: JwkSet) -> Self {
        Self {
            secret: secret.into(),
            hashing,
            clock,
            ring: Arc::default(),
            derived: Arc::default(),
            reads: Arc::default(),
            published,
        }
    }

    /// The key that signs.
    pub async fn current(&self, pool: &PgPool) -> Result<AccessTokenKey, Fault> {
        let now = self.clock.now();
        let ring = self.ring();
        let fresh = ring.read_time.is_some_and(|read| now < read + STALE);
        let keys = if fresh { ring.keys } else { self.read(pool).await? };
        let newest = keys.into_iter().next();
        newest.ok_or_else(|| Fault::bug("there is no signing key; the start should have made one"))
    }

    /// The public halves, newest first, as of now.
    pub async fn published(&self, pool: &PgPool) -> Result<Vec<Jwk>, Fault> {
        let keys = self.read(pool).await?;
        Ok(keys.iter().map(AccessTokenKey::jwk).collect())
    }

    /// A key nobody has yet.
    pub async fn make(&self) -> Result<StoredKey, Fault> {
        let salt = rand::random();
        let seed = self.seed(salt).await?;
        let kid = Uuid::now_v7().simple().to_string();
        self.keep(&AccessTokenKey::new(&kid, &seed));
        Ok(StoredKey {
            kid,
            salt,
            public_key: seed.public_key().to_string(),
        })
    }

    /// Reads the keys again every few seconds, for who verifies tokens in this process.
    pub async fn watch(self, pool: PgPool, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(STALE))
            .await
            .is_some()
        {
            if let Err(fault) = self.read(&pool).await {
                let cause = std::error::Error::source(&fault).map(ToString::to_string);
                warn!(error = %fault, error.causes = cause, "signing keys not read");
            }
        }
    }

    /// Reads the keys in use from the database. Only keys this process can
    /// derive are taken: who can write to the table cannot add one of their own.
    pub async fn read(&self, pool: &PgPool) -> Result<Vec<AccessTokenKey>, Fault> {
        let now = self.clock.now();
        let read = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        let stored = store::list(pool, now - LISTED).await?;
        let mut keys = Vec::with_capacity(stored.len());
        for key in stored {
            keys.push(match self.kept(&key.kid) {
                Some(kept) => kept,
                None => self.derive(key).await?,
            });
        }
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        if ring.read < read && !keys.is_empty() {
            let jwks: Vec<_> = keys.iter().map(AccessTokenKey::jwk).collect();
            self.published.replace(&jwks).map_err(Fault::bug)?;
            *ring = Ring {
                keys: keys.clone(),
                read_time: Some(now),
                read,
            };
        }
        Ok(keys)
    }

    async fn derive(&self, stored: StoredKey) -> Result<AccessTokenKey, Fault> {
        let seed = self.seed(stored.salt).await?;
        if seed.public_key().to_string() != stored.public_key {
            return Err(Fault::bug(WrongSecret(stored.kid)));
        }
        let key = AccessTokenKey::new(stored.kid, &seed);
        self.keep(&key);
        Ok(key)
    }

    /// What the codes of a second factor with this salt are made from.
    pub async fn factor_seed(&self, salt: [u8; 32]) -> Result<[u8; 32], Fault> {
        let turn = self.hashing.turn().await;
        turn.derive(format!("factor {}", self.secret), salt).await
    }

    async fn seed(&self, salt: [u8; 32]) -> Result<Seed, Fault> {
        let turn = self.hashing.turn().await;
        let seed = turn.derive(self.secret.to_string(), salt).await?;
        Ok(Seed::from_bytes(seed))
    }

    fn keep(&self, key: &AccessTokenKey) {
        let mut derived = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        derived.insert(key.kid().to_owned(), key.clone());
    }

    fn kept(&self, kid: &str) -> Option<AccessTokenKey> {
        let derived = self.derived.read().unwrap_or_else(PoisonError::into_inner);
        derived.get(kid).cloned()
    }

    fn ring(&self) -> Ring {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.ring().keys).finish()
    }
}
