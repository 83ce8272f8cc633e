//! How often a password may be guessed.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::account::Email;

/// Failures after which an account waits.
pub const MOST_FAILURES: i64 = 10;

/// The time they are counted in.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Longest an attempt is at hand; one that has no outcome by then lost its server.
const AT_HAND: Duration = Duration::from_secs(10);

/// First wait of a locked subject; each within a day of the last is twice as long.
const FIRST_LOCK: Duration = Duration::from_secs(15 * 60);

/// Longest wait, and how long a lock is remembered after its end.
pub const LONGEST_LOCK: Duration = Duration::from_secs(24 * 60 * 60);

/// Nobody can sign in with a subject until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// How often it happened, one after the other.
    pub level: i32,
    pub until_time: OffsetDateTime,
}

impl Lock {
    /// The lock of a subject that was locked like this before, if at all.
    pub fn after(last: Option<Self>, now: OffsetDateTime) -> Self {
        let remembered = last.filter(|last| now < last.until_time + LONGEST_LOCK);
        let level = remembered.map_or(1, |last| last.level.saturating_add(1));
        let doubled = u32::try_from(level - 1)
            .ok()
            .and_then(|times| 2_u32.checked_pow(times));
        let wait = doubled.and_then(|times| FIRST_LOCK.checked_mul(times));
        Self {
            level,
            until_time: now + wait.map_or(LONGEST_LOCK, |wait| wait.min(LONGEST_LOCK)),
        }
    }

    /// How long it lasts still.
    pub fn left(self, now: OffsetDateTime) -> Option<Duration> {
        let left = Duration::try_from(self.until_time - now).ok();
        left.filter(|left| !left.is_zero())
    }
}

/// What attempts are counted by: a hash of the address, known to us or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject([u8; 32]);

impl Subject {
    pub fn of(email: &Email) -> Self {
        Self(Sha256::digest(email.as_str()).into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What attempts on one subject wait for each other by.
    pub fn lock_key(&self) -> i64 {
        let [first, ..] = self.0.as_chunks().0 else {
            unreachable!("32 bytes hold 8")
        };
        i64::from_be_bytes(*first)
    }
}

/// An attempt that has not succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    pub start_time: OffsetDateTime,
    /// Whether it is known to have failed; otherwise it is at hand.
    pub failed: bool,
}

/// How long the next attempt must wait, given the latest ones in the window,
/// newest first.
///
/// Those at hand count as failures: guesses sent all at once get no further
/// than guesses sent one by one.
pub fn wait(latest: &[Attempt], now: OffsetDateTime) -> Option<Duration> {
    let most = usize::try_from(MOST_FAILURES).unwrap_or(usize::MAX);
    let decisive = latest.get(most.checked_sub(1)?)?;
    let at_hand = |attempt: &Attempt| !attempt.failed && now - attempt.start_time < AT_HAND;
    if latest.iter().any(at_hand) {
        return Some(Duration::from_secs(1));
    }
    Duration::try_from(decisive.start_time + WINDOW - now)
        .ok()
        .filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 00:00 UTC);

    fn ago(seconds: u64, failed: bool) -> Attempt {
        Attempt {
            start_time: NOW - Duration::from_secs(seconds),
            failed,
        }
    }

    #[test]
    fn nine_failures_are_borne_and_ten_are_not() {
        let failures: Vec<_> = (1..=10).map(|seconds| ago(seconds, true)).collect();
        assert_eq!(wait(&failures[..9], NOW), None);
        assert_eq!(wait(&failures, NOW), Some(WINDOW - Duration::from_secs(10)));
    }

    #[test]
    fn attempts_at_hand_hold_the_next_back_for_a_moment_only() {
        let mut attempts = vec![ago(0, false)];
        attempts.extend((1..10).map(|seconds| ago(seconds, true)));
        assert_eq!(wait(&attempts, NOW), Some(Duration::from_secs(1)));
        attempts[0] = ago(11, false);
        assert_eq!(wait(&attempts, NOW), Some(WINDOW - Duration::from_secs(9)));
    }

    #[test]
    fn a_lock_doubles_up_to_a_day_and_is_forgotten_after_one() {
        let mut now = NOW;
        let mut lock = Lock::after(None, now);
        let mut minutes = Vec::new();
        for _ in 0..9 {
            let left = lock.left(now).unwrap();
            minutes.push(left.as_secs() / 60);
            now = lock.until_time;
            assert_eq!(lock.left(now), None);
            lock = Lock::after(Some(lock), now);
        }
        assert_eq!(minutes, [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
        let forgotten = lock.until_time + LONGEST_LOCK;
        assert_eq!(Lock::after(Some(lock), forgotten).level, 1);
        let often = Lock {
            level: i32::MAX,
            until_time: NOW,
        };
        assert_eq!(Lock::after(Some(often), NOW).left(NOW), Some(LONGEST_LOCK));
    }

    #[test]
    fn addresses_are_told_apart_and_their_case_is_not() {
        let subject = |text| Subject::of(&Email::new(text));
        assert_eq!(subject("kim@example.com"), subject("KIM@example.com"));
        assert_ne!(subject("kim@example.com"), subject("lee@example.com"));
        assert_ne!(
            subject("kim@example.com").lock_key(),
            subject("lee@example.com").lock_key()
        );
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_ten_failures(gaps in prop::collection::vec(0u64..200, 1..200)) {
            let mut now = NOW;
            let mut failures: Vec<Attempt> = Vec::new();
            for gap in gaps {
                now += Duration::from_secs(gap);
                let mut latest: Vec<_> = failures
                    .iter()
                    .rev()
                    .take(10)
                    .filter(|failure| failure.start_time > now - WINDOW)
                    .copied()
                    .collect();
                latest.truncate(10);
                match wait(&latest, now) {
                    None => failures.push(Attempt { start_time: now, failed: true }),
                    Some(wait) => prop_assert!(wait <= WINDOW),
                }
                let within = failures.iter().filter(|failure| failure.start_time > now - WINDOW).count();
                prop_assert!(within <= 10);
            }
        }
    }
}
