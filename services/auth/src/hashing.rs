//! Everything that is slow on purpose: Argon2id, a few at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use xlcfi_errors::Fault;

/// Memory of one run, in KiB; 2 passes over it, 1 lane.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// The hash of a password with its salt and parameters, as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// Hands out turns to hash, so that sign-ins can exhaust neither memory nor cores.
#[derive(Debug, Clone)]
pub struct Hashing {
    turns: Arc<Semaphore>,
    nobody: PasswordHash,
    runs: Arc<AtomicU64>,
}

impl Hashing {
    /// One turn for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::new(Semaphore::new(cores)),
            nobody: nobody(),
            runs: Arc::default(),
        }
    }

    /// How often the hash has run so far.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Waits for a turn. Callers whose time is over stop waiting.
    pub async fn turn(&self) -> Turn {
        let permit = self.turns.clone().acquire_owned().await;
        Turn {
            permit: permit.expect("the semaphore is never closed"),
            hashing: self.clone(),
        }
    }
}

impl Default for Hashing {
    fn default() -> Self {
        Self::new()
    }
}

/// The right to run the hash once.
#[derive(Debug)]
pub struct Turn {
    permit: OwnedSemaphorePermit,
    hashing: Hashing,
}

impl Turn {
    /// Hashes a new password.
    pub async fn hash(self, password: String) -> Result<PasswordHash, Fault> {
        self.run(move |argon| argon.hash_password(password.as_bytes()))
            .await?
            .map(|hash| PasswordHash(hash.to_string()))
            .map_err(Fault::bug)
    }

    /// Whether this is the password. Without a hash to compare with the answer
    /// is no, after the same work.
    pub async fn verify(self, password: String, hash: Option<PasswordHash>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.hashing.nobody.clone());
        let verified = self
            .run(move |argon| {
                let hash = phc::PasswordHash::new(hash.as_phc())?;
                Ok(argon.verify_password(password.as_bytes(), &hash))
            })
            .await?
            .map_err(|error: phc::Error| Fault::bug(error))?;
        match verified {
            Ok(()) => Ok(known),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Fault::bug(error)),
        }
    }

    /// 32 bytes that only who knows the secret can derive from this salt.
    pub async fn derive(self, secret: String, salt: [u8; 32]) -> Result<[u8; 32], Fault> {
        self.run(move |argon| {
            let mut derived = [0; 32];
            argon
                .hash_password_into(secret.as_bytes(), &salt, &mut derived)
                .map(|()| derived)
        })
        .await?
        .map_err(Fault::bug)
    }

    /// Runs on a thread for such work. The turn ends with the work, also when
    /// nobody waits for it any more.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(Argon2<'_>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let Self { permit, hashing } = self;
        let work = move || {
            let _permit = permit;
            hashing.runs.fetch_add(1, Ordering::Relaxed);
            work(argon())
        };
        tokio::task::spawn_blocking(work).await.map_err(Fault::bug)
    }
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, 1, None).expect("the parameters are constants within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A hash of no password anybody knows, to compare with when there is no account.
fn nobody() -> PasswordHash {
    let salt = STANDARD_NO_PAD.encode(rand::random::<[u8; 16]>());
    let hash = STANDARD_NO_PAD.encode(rand::random::<[u8; 32]>());
    PasswordHash(format!("$argon2id$v=19$m={MEMORY},t={PASSES},p=1${salt}${hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_told_from_others() {
        let hashing = Hashing::new();
        let hash = hashing
            .turn()
            .await
            .hash("correct horse".into())
            .await
            .expect("it hashes");
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!format!("{hash:?}").contains("argon"));
        for (password, right) in [("correct horse", true), ("Correct horse", false), ("", false)] {
            let turn = hashing.turn().await;
            let verified = turn.verify(password.into(), Some(hash.clone())).await;
            assert_eq!(verified.ok(), Some(right), "{password}");
        }
    }

    #[tokio::test]
    async fn the_password_of_nobody_is_as_much_work_and_never_right() {
        let hashing = Hashing::new();
        let hash = hashing
            .turn()
            .await
            .hash("a password".into())
            .await
            .expect("it hashes");
        for against in [Some(hash.clone()), None] {
            let before = hashing.runs();
            let turn = hashing.turn().await;
            let verified = turn.verify("another one".into(), against).await;
            assert_eq!((verified.ok(), hashing.runs() - before), (Some(false), 1));
        }
        let cost = |hash: &PasswordHash| {
            let hash = phc::PasswordHash::new(hash.as_phc()).expect("it is one");
            Params::try_from(&hash).expect("it has parameters")
        };
        assert_eq!(cost(&hashing.nobody), cost(&hash));
    }

    #[tokio::test]
    async fn what_is_derived_depends_on_secret_and_salt() {
        let hashing = Hashing::new();
        let derive = async |secret: &str, salt: u8| {
            let turn = hashing.turn().await;
            turn.derive(secret.into(), [salt; 32]).await.expect("it derives")
        };
        let first = derive("one", 1).await;
        assert_eq!(derive("one", 1).await, first);
        assert_ne!(derive("two", 1).await, first);
        assert_ne!(derive("one", 2).await, first);
    }

    #[tokio::test]
    async fn no_more_hashes_run_than_there_are_turns() {
        let hashing = Hashing {
            turns: Arc::new(Semaphore::new(1)),
            ..Hashing::new()
        };
        let turn = hashing.turn().await;
        assert_eq!(hashing.turns.available_permits(), 0);
        let running = tokio::spawn(turn.hash("a password".into()));
        let verified = hashing.turn().await.verify("a password".into(), None).await;
        assert!(
            running.is_finished() || hashing.runs() == 2,
            "the second began after the first had ended"
        );
        assert_eq!(verified.ok(), Some(false));
        assert!(running.await.is_ok());
    }
}
