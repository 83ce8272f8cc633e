//! Entries of the log and who may see them; what was signed over them.

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_tlog::Hash;

/// What an entry of the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Something that happened to goods.
    TraceEvent,
    /// Where admin's audit log stood.
    AuditHead,
    /// The root of a day of the points ledger.
    PointsRoot,
}

/// An entry, as it is kept.
#[derive(Debug, Clone)]
pub struct Entry {
    pub entry_id: Uuid,
    pub kind: Kind,
    /// `None` when it was erased, or not asked for.
    pub text: Option<Text>,
    pub commitment: Hash,
    /// `None` until it has its place.
    pub index: Option<i64>,
    /// Who may see it; `None` is everybody.
    pub reader_id: Option<Uuid>,
    pub create_time: OffsetDateTime,
    pub erase_time: Option<OffsetDateTime>,
}

/// What is hashed of an entry.
#[derive(Debug, Clone)]
pub struct Text {
    /// Canonical JSON.
    pub body: Vec<u8>,
    pub salt: [u8; 32],
}

/// Who asks for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Anybody,
    Member(Uuid),
    Staff,
}

impl Entry {
    pub fn is_for(&self, reader: Reader) -> bool {
        match (self.reader_id, reader) {
            (None, _) | (_, Reader::Staff) => true,
            (Some(id), Reader::Member(asking)) => id == asking,
            (Some(_), Reader::Anybody) => false,
        }
    }
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub size: i64,
    pub root: Hash,
    pub note: String,
    pub create_time: OffsetDateTime,
}

impl Signed {
    /// Whether the note says what stands beside it.
    pub fn note_agrees(&self) -> bool {
        let said = format!("\n{}\n{}\n\n", self.size, self.root);
        self.note.contains(&said)
    }
}

/// When a checkpoint is due.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    pub entries: i64,
    pub time: time::Duration,
}

impl Rhythm {
    /// Whether the tree of this size is to be signed after `last`.
    pub fn is_due(&self, last: Option<&Signed>, size: i64, now: OffsetDateTime) -> bool {
        match last {
            None => size > 0,
            Some(last) => {
                let new = size - last.size;
                new > 0 && (new >= self.entries || now - last.create_time >= self.time)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 00:00 UTC);

    fn signed(size: i64) -> Signed {
        let root = Hash([1; 32]);
        Signed {
            size,
            root,
            note: format!("xlcfi.com/log\n{size}\n{root}\n\n\u{2014} xlcfi.com/log AAAA\n"),
            create_time: NOW,
        }
    }

    #[test]
    fn a_checkpoint_is_due_by_count_or_by_time_and_never_over_nothing_new() {
        let rhythm = Rhythm {
            entries: 10,
            time: time::Duration::seconds(5),
        };
        let last = signed(100);
        let later = |seconds| NOW + time::Duration::seconds(seconds);
        assert!(!rhythm.is_due(None, 0, NOW));
        assert!(rhythm.is_due(None, 1, NOW));
        assert!(!rhythm.is_due(Some(&last), 100, later(60)));
        assert!(!rhythm.is_due(Some(&last), 109, later(4)));
        assert!(rhythm.is_due(Some(&last), 110, later(0)));
        assert!(rhythm.is_due(Some(&last), 101, later(5)));
    }

    #[test]
    fn a_note_agrees_with_its_own_size_and_root_only() {
        assert!(signed(7).note_agrees());
        assert!(!Signed { size: 8, ..signed(7) }.note_agrees());
        let root = Hash([2; 32]);
        assert!(!Signed { root, ..signed(7) }.note_agrees());
    }
}
