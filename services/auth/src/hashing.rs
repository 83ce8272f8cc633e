//! Everything that is slow on purpose: Argon2id, a few at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
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

    fn write(salt: &[u8; 16], hash: &[u8; 32]) -> Self {
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Self(format!("$argon2id$v=19$m={MEMORY},t={PASSES},p=1${salt}${hash}"))
    }

    fn read(&self) -> Result<(Params, phc::Salt, phc::Output), Fault> {
        let read = phc::PasswordHash::new(&self.0).map_err(Fault::bug)?;
        let params = Params::try_from(&read).map_err(Fault::bug)?;
        match (read.salt, read.hash) {
            (Some(salt), Some(hash)) => Ok((params, salt, hash)),
            _ => Err(Fault::bug("a password hash lacks its salt or its hash")),
        }
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
            // Of no password anybody knows.
            nobody: PasswordHash::write(&rand::random(), &rand::random()),
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
        let salt: [u8; 16] = rand::random();
        let hash = self
            .run(move || argon(cost(), password.as_bytes(), &salt))
            .await?;
        Ok(PasswordHash::write(&salt, &hash))
    }

    /// Whether this is the password. Without a hash to compare with the answer
    /// is no, after the same work.
    pub async fn verify(self, password: String, hash: Option<PasswordHash>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.hashing.nobody.clone());
        let (params, salt, expected) = hash.read()?;
        let found = self
            .run(move || argon(params, password.as_bytes(), &salt))
            .await?;
        // Compares in constant time.
        let right = phc::Output::new(&found).map_err(Fault::bug)? == expected;
        Ok(known && right)
    }

    /// 32 bytes that only who knows the secret can derive from this salt.
    pub async fn derive(self, secret: String, salt: [u8; 32]) -> Result<[u8; 32], Fault> {
        self.run(move || argon(cost(), secret.as_bytes(), &salt)).await
    }

    /// Runs on a thread for such work. The turn ends with the work, also when
    /// nobody waits for it any more.
    async fn run(
        self,
        work: impl FnOnce() -> Result<[u8; 32], argon2::Error> + Send + 'static,
    ) -> Result<[u8; 32], Fault> {
        let Self { permit, hashing } = self;
        let work = move || {
            let _permit = permit;
            hashing.runs.fetch_add(1, Ordering::Relaxed);
            work()
        };
        let worked = tokio::task::spawn_blocking(work).await.map_err(Fault::bug)?;
        worked.map_err(Fault::bug)
    }
}

fn cost() -> Params {
    Params::new(MEMORY, PASSES, 1, None).expect("the parameters are constants within bounds")
}

fn argon(params: Params, input: &[u8], salt: &[u8]) -> Result<[u8; 32], argon2::Error> {
    let count = params.block_count();
    // glibc gives blocks above 32 MiB back to the system when they are freed;
    // smaller ones stay with the arena of each thread that ever hashed.
    let mut memory = Vec::with_capacity(count.max((32 << 20) / Block::SIZE + 1));
    memory.resize(count, Block::new());
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        input,
        salt,
        &mut hash,
        &mut memory,
    )?;
    Ok(hash)
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
        let cost = |hash: &PasswordHash| hash.read().map(|(params, ..)| params).ok();
        assert_eq!(cost(&hashing.nobody), cost(&hash));
    }

    #[test]
    fn hashes_are_those_the_library_makes_by_itself() {
        let found = argon(cost(), b"correct horse", b"somesaltsomesalt").expect("it hashes");
        let library = Argon2::default();
        let mut expected = [0; 32];
        library
            .hash_password_into(b"correct horse", b"somesaltsomesalt", &mut expected)
            .expect("it hashes");
        assert_eq!(found, expected);
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
