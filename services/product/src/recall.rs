use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

/// Goods that must not be sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    pub recall_id: Id<Recall>,
    pub scope: Scope,
    /// What buyers are told.
    pub reason: String,
    pub actor: Id<Member>,
    /// Lots held by it.
    pub lots: i64,
    pub products: i64,
    /// Orders that were told, which had of these lots.
    pub orders: i64,
    /// All were.
    pub told: bool,
    /// From the command to the last lot held.
    pub duration_ms: i64,
    pub create_time: OffsetDateTime,
    pub lift_time: Option<OffsetDateTime>,
}

/// Which lots: those all fields agree with; `None` agrees with any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    pub product_id: Option<Uuid>,
    pub gtin: Option<String>,
    pub report_number: Option<String>,
    /// Supplier lot, own lot or trace number.
    pub lot_number: Option<String>,
    pub licence_number: Option<String>,
    pub use_by: Option<Date>,
}

impl Scope {
    /// Whether it names goods at all: a date alone would hold everybody's.
    pub fn names_goods(&self) -> bool {
        self.product_id.is_some()
            || [
                &self.gtin,
                &self.report_number,
                &self.lot_number,
                &self.licence_number,
            ]
            .into_iter()
            .any(Option::is_some)
    }
}

/// What an order has of recalled lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub order_id: Uuid,
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub quantity: i64,
    /// Sold; otherwise reserved.
    pub sold: bool,
}
