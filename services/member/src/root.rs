//! The ledger of a day as one hash, so that whoever keeps the hash can tell whether the
//! day was rewritten since.

use std::fmt;

use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_tlog::{Frontier, Hash, leaf_hash};

/// Tells this encoding of a posting from others.
const DOMAIN: &[u8] = b"xlcfi.member.v1.PointEntry\0";

/// A line of the ledger with everything that stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub entry_id: Uuid,
    pub member_id: Uuid,
    pub order_id: Option<Uuid>,
    pub kind: String,
    pub points: i64,
    pub create_time: OffsetDateTime,
    pub reason: String,
    pub request_id: Option<Uuid>,
    pub acted_by: Option<Uuid>,
    pub approved_by: Option<Uuid>,
}

impl Posting {
    /// Its bytes, the same for ever: each field with its length before it.
    pub fn canonical(&self) -> Vec<u8> {
        let id = |id: Option<Uuid>| id.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let micros = self.create_time.unix_timestamp_nanos() / 1_000;
        let fields = [
            id(Some(self.entry_id)),
            id(Some(self.member_id)),
            id(self.order_id),
            self.kind.as_bytes().to_vec(),
            self.points.to_be_bytes().to_vec(),
            micros.to_be_bytes().to_vec(),
            self.reason.as_bytes().to_vec(),
            id(self.request_id),
            id(self.acted_by),
            id(self.approved_by),
        ];
        let mut bytes = DOMAIN.to_vec();
        for field in fields {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }
}

/// The ledger of a day of Korea.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRoot {
    pub day: Date,
    pub postings: i64,
    pub root: Hash,
}

impl fmt::Display for DayRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.day, hex::encode(self.root.0))
    }
}

/// The day and root of a text such as [`DayRoot`] makes.
pub fn known(text: &str) -> Option<(Date, Hash)> {
    let (day, root) = text.split_once(':')?;
    let day = Date::parse(day, &Iso8601::DATE).ok()?;
    Some((day, Hash::of_bytes(&hex::decode(root).ok()?).ok()?))
}

/// The tree of a day, posting by posting in their order.
#[derive(Debug, Default)]
pub struct DayTree(Frontier);

impl DayTree {
    pub fn push(&mut self, posting: &Posting) {
        self.0.push(leaf_hash(&posting.canonical()), |_, _| {});
    }

    pub fn root(&self, day: Date) -> DayRoot {
        DayRoot {
            day,
            postings: i64::try_from(self.0.size()).unwrap_or(i64::MAX),
            root: self.0.root(),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    fn posting() -> Posting {
        Posting {
            entry_id: Uuid::from_u128(1),
            member_id: Uuid::from_u128(2),
            order_id: Some(Uuid::from_u128(3)),
            kind: "earned".into(),
            points: 100,
            create_time: datetime!(2026-11-22 00:00:00.000001 UTC),
            reason: String::new(),
            request_id: None,
            acted_by: None,
            approved_by: None,
        }
    }

    #[test]
    fn the_bytes_of_a_posting_stay_what_they_are() {
        let bytes = posting().canonical();
        assert_eq!(bytes.len(), DOMAIN.len() + 10 * 8 + 3 * 16 + 6 + 8 + 16);
        let hash = hex::encode(leaf_hash(&bytes).0);
        assert_eq!(
            hash,
            "6fc11a284b41eb69aca9911e3b6dd8849ddf5f5b5a8d4754f26f5226f25a0da7"
        );
    }

    #[test]
    fn every_field_of_a_posting_counts() {
        let changes: [fn(&mut Posting); 10] = [
            |posting| posting.entry_id = Uuid::nil(),
            |posting| posting.member_id = Uuid::nil(),
            |posting| posting.order_id = None,
            |posting| posting.kind = "returned".into(),
            |posting| posting.points = 101,
            |posting| posting.create_time += time::Duration::MICROSECOND,
            |posting| posting.reason = "x".into(),
            |posting| posting.request_id = Some(Uuid::nil()),
            |posting| posting.acted_by = Some(Uuid::nil()),
            |posting| posting.approved_by = Some(Uuid::nil()),
        ];
        for change in changes {
            let mut changed = posting();
            change(&mut changed);
            assert_ne!(changed.canonical(), posting().canonical(), "{changed:?}");
        }
    }

    #[test]
    fn a_root_is_read_as_it_is_written() {
        let mut tree = DayTree::default();
        tree.push(&posting());
        let root = tree.root(date!(2026 - 11 - 22));
        assert_eq!(known(&root.to_string()), Some((root.day, root.root)));
        for not in ["", "2026-11-22", "2026-11-22:9f", "22-11-2026:00"] {
            assert_eq!(known(not), None, "{not}");
        }
    }

    #[test]
    fn a_day_without_postings_has_a_root_too() {
        let empty = DayTree::default().root(date!(2026 - 11 - 22));
        assert_eq!((empty.postings, empty.root), (0, xlcfi_tlog::empty_root()));
    }
}
