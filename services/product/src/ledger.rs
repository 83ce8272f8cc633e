//! The stock ledger: every change of every lot.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::lot::{Counts, Lot};

/// What changes a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
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
