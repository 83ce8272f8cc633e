//! The stock ledger: every change of every lot.

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::lot::{Counts, Lot};

/// What changes a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Received,
    Adjusted,
    Split,
    Moved,
    Disposed,
    Reserved,
    Sold,
    Returned,
    Expired,
    Reassigned,
    Held,
    Quarantined,
    Released,
    Recalled,
}

impl Kind {
    const NAMES: [(Self, &str); 14] = [
        (Self::Received, "received"),
        (Self::Adjusted, "adjusted"),
        (Self::Split, "split"),
        (Self::Moved, "moved"),
        (Self::Disposed, "disposed"),
        (Self::Reserved, "reserved"),
        (Self::Sold, "sold"),
        (Self::Returned, "returned"),
        (Self::Expired, "expired"),
        (Self::Reassigned, "reassigned"),
        (Self::Held, "held"),
        (Self::Quarantined, "quarantined"),
        (Self::Released, "released"),
        (Self::Recalled, "recalled"),
    ];

    /// Name in the database.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find_map(|(kind, known)| (known == name).then_some(kind))
    }
}

/// An entry as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub entry_id: i64,
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub kind: Kind,
    pub on_hand: i64,
    pub reserved: i64,
    pub sold: i64,
    pub reason: String,
    pub actor: String,
    pub order_id: Option<Uuid>,
    pub time: OffsetDateTime,
}

/// Who changes a lot by hand, and why.
#[derive(Debug, Clone)]
pub struct Act {
    pub actor: Uuid,
    pub reason: String,
    /// A repeated one changes nothing.
    pub request_id: Option<Uuid>,
}

/// A change of a lot by hand, for the ledger and the lot alike.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    pub lot_id: Id<Lot>,
    pub kind: Kind,
    pub by: Counts,
}

impl Change {
    /// So many more units on hand; fewer below 0.
    pub fn on_hand(lot_id: Id<Lot>, kind: Kind, units: i64) -> Self {
        let by = Counts {
            changed: units,
            on_hand: units,
            ..Counts::default()
        };
        Self { lot_id, kind, by }
    }

    /// Nothing counted changes.
    pub fn note(lot_id: Id<Lot>, kind: Kind) -> Self {
        Self {
            lot_id,
            kind,
            by: Counts::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_back_from_their_names() {
        for (kind, name) in Kind::NAMES {
            assert_eq!(kind.name(), name);
            assert_eq!(Kind::from_name(name), Some(kind));
        }
        assert_eq!(Kind::from_name("gone"), None);
    }
}
