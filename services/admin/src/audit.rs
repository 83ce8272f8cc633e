//! A row of the audit log, and how rows hang together.

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// SHA-256.
pub type Hash = [u8; 32];

/// What stands before the first row.
pub const BEGINNING: Hash = [0; 32];

/// Tells hashes of rows from hashes of anything else, and this encoding from others.
const DOMAIN: &[u8] = b"xlcfi.admin.v1.AuditEntry\0";

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// Who; a service's name when it acted by itself.
    pub actor: String,
    /// For example `order.cancel.done`.
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    /// JSON, or nothing.
    pub before: String,
    /// JSON, or nothing.
    pub after: String,
    pub reason: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub sequence: i64,
    pub note: Note,
    pub time: OffsetDateTime,
    pub previous: Hash,
    pub hash: Hash,
}

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub sequence: i64,
    pub hash: Hash,
}

/// When the head is told.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// After so many rows,
    pub rows: i64,
    /// or so long after it was told last.
    pub time: Duration,
}

/// The head as it was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub sequence: i64,
    /// None before the first time.
    pub time: Option<OffsetDateTime>,
}

impl Telling {
    /// Whether a head is told now. One that did not move is not.
    pub fn is_due(self, told: Told, head: Head, now: OffsetDateTime) -> bool {
        let rows = head.sequence - told.sequence;
        rows > 0 && (rows >= self.rows || told.time.is_none_or(|time| now - time >= self.time))
    }
}

impl Head {
    /// The row that follows.
    pub fn next(self, note: Note, now: OffsetDateTime) -> Entry {
        let time = whole_micros(now);
        let mut entry = Entry {
            sequence: self.sequence + 1,
            note,
            time,
            previous: self.hash,
            hash: BEGINNING,
        };
        entry.hash = entry.computed();
        entry
    }
}

impl Entry {
    /// The hash the row should have: each field with its length before it, so that
    /// no two rows are written the same way.
    pub fn computed(&self) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(self.previous);
        hasher.update(self.sequence.to_be_bytes());
        hasher.update((self.time.unix_timestamp_nanos() / 1_000).to_be_bytes());
        let Note {
            actor,
            action,
            subject_kind,
            subject_id,
            before,
            after,
            reason,
        } = &self.note;
        for text in [actor, action, subject_kind, subject_id, before, after, reason] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        hasher.finalize().into()
    }
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("a row is missing before it, or it was put in")]
    Gap,
    #[error("it does not follow the row before")]
    Loose,
    #[error("its content was changed")]
    Changed,
    #[error("the log ends before it")]
    CutOff,
    #[error("it is another row than the one whose hash was kept")]
    NotTheKnown,
}

/// The first row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub sequence: i64,
    pub problem: Problem,
}

/// Looks at rows in their order.
#[derive(Debug)]
pub struct Chain {
    at: Head,
    known: Option<Head>,
}

impl Chain {
    /// From the first row on; `known` is a row whose hash was kept elsewhere.
    pub fn new(known: Option<Head>) -> Self {
        let at = Head {
            sequence: 0,
            hash: BEGINNING,
        };
        Self { at, known }
    }

    /// Rows looked at.
    pub fn checked(&self) -> i64 {
        self.at.sequence
    }

    /// The next row.
    ///
    /// # Errors
    /// It does not fit.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Broken> {
        let expected = self.at.sequence + 1;
        let broken = |sequence, problem| Err(Broken { sequence, problem });
        if entry.sequence != expected {
            return broken(expected, Problem::Gap);
        }
        if entry.previous != self.at.hash {
            return broken(expected, Problem::Loose);
        }
        if entry.hash != entry.computed() {
            return broken(expected, Problem::Changed);
        }
        if self
            .known
            .is_some_and(|known| known.sequence == expected && known.hash != entry.hash)
        {
            return broken(expected, Problem::NotTheKnown);
        }
        self.at = Head {
            sequence: entry.sequence,
            hash: entry.hash,
        };
        Ok(())
    }

    /// No row is left; `head` is where the log says that it ends.
    ///
    /// # Errors
    /// It ends too early, or elsewhere.
    pub fn end(&self, head: Head) -> Result<(), Broken> {
        let known = self.known.map_or(0, |known| known.sequence);
        let (sequence, problem) = if self.at.sequence < head.sequence.max(known) {
            (self.at.sequence + 1, Problem::CutOff)
        } else if self.at != head {
            (self.at.sequence, Problem::Loose)
        } else {
            return Ok(());
        };
        Err(Broken { sequence, problem })
    }
}

/// What PostgreSQL keeps of a time.
fn whole_micros(time: OffsetDateTime) -> OffsetDateTime {
    let micros = time.microsecond();
    time.replace_microsecond(micros).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn log(rows: usize) -> (Vec<Entry>, Head) {
        let mut head = Chain::new(None).at;
        let mut entries = Vec::new();
        for row in 0..rows {
            let note = Note {
                actor: "somebody".into(),
                action: "order.cancel.done".into(),
                after: format!("{{\"row\":{row}}}"),
                ..Note::default()
            };
            let entry = head.next(note, datetime!(2026-11-22 00:00:00.123456789 UTC));
            head = Head {
                sequence: entry.sequence,
                hash: entry.hash,
            };
            entries.push(entry);
        }
        (entries, head)
    }

    fn look(entries: &[Entry], head: Head, known: Option<Head>) -> Result<i64, Broken> {
        let mut chain = Chain::new(known);
        for entry in entries {
            chain.follow(entry)?;
        }
        chain.end(head)?;
        Ok(chain.checked())
    }

    #[test]
    fn an_untouched_log_is_sound() {
        let (entries, head) = log(5);
        assert_eq!(look(&entries, head, None), Ok(5));
        assert_eq!(look(&entries, head, Some(head)), Ok(5));
        let (none, beginning) = log(0);
        assert_eq!(look(&none, beginning, None), Ok(0));
    }

    #[test]
    fn times_are_kept_as_the_database_keeps_them() {
        let (entries, _) = log(1);
        assert_eq!(entries[0].time.nanosecond(), 123_456_000);
    }

    #[test]
    fn a_log_written_anew_differs_from_the_head_somebody_kept() {
        let (mut entries, known) = log(3);
        let mut at = Chain::new(None).at;
        for entry in &mut entries {
            entry.note.reason = "another".into();
            *entry = at.next(entry.note.clone(), entry.time);
            at = Head {
                sequence: entry.sequence,
                hash: entry.hash,
            };
        }
        assert_eq!(look(&entries, at, None), Ok(3), "by itself it looks well");
        let broken = look(&entries, at, Some(known)).expect_err("the known hash is another");
        assert_eq!(broken.problem, Problem::NotTheKnown);
        let cut = look(
            &entries[..1],
            Head {
                sequence: 1,
                hash: entries[0].hash,
            },
            Some(known),
        );
        assert_eq!(cut.expect_err("it ends before").problem, Problem::CutOff);
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_row_is_found_at_or_after_it(at in 0usize..8, what in 0u8..6) {
            let (mut entries, head) = log(8);
            match what {
                0 => entries[at].note.reason.push('x'),
                1 => { entries.remove(at); }
                2 => { let twin = entries[at].clone(); entries.insert(at, twin); }
                3 => entries.swap(at, (at + 1) % 8),
                // A careful hand mends the row's own hash, too.
                4 => { entries[at].note.actor = "nobody".into(); entries[at].hash = entries[at].computed(); }
                // Bytes moved from one field to the next.
                _ => { let note = &mut entries[at].note; note.subject_kind = note.action.split_off(3); }
            }
            prop_assert!(look(&entries, head, None).is_err());
        }
    }
}
