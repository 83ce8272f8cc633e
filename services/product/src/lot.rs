use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use xlcfi_contracts::product::v1::DateKind;
use xlcfi_types::calendar::parse_date;
use xlcfi_types::trace_number::Trace;
use xlcfi_types::{Id, Money};

use crate::product::Product;
use crate::recall::Recall;
use crate::warehouse::Warehouse;

/// Goods received together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    pub lot_id: Id<Lot>,
    pub product_id: Id<Product>,
    pub warehouse_id: Id<Warehouse>,
    /// The lot it was split off.
    pub parent_lot_id: Option<Id<Lot>>,
    pub papers: Papers,
    pub counts: Counts,
    pub state: State,
    /// Why it may not be sold; empty when it may.
    pub state_reason: String,
    pub recall_id: Option<Id<Recall>>,
    pub version: i64,
    pub receive_time: OffsetDateTime,
}

/// What goods are, as they came; what is split off has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// The seller's lot number.
    pub own_lot: String,
    pub supplier_lot: String,
    pub supplier: String,
    pub use_by: Option<Date>,
    pub date_kind: DateKind,
    pub made: Option<Date>,
    pub origin: String,
    pub trace: Option<Trace>,
    pub certificates: Vec<Certificate>,
    pub unit_cost: Option<Money>,
}

/// A paper about a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub kind: String,
    pub number: String,
    /// A picture of it; may be empty.
    pub image_id: String,
}

/// Sales units; `received + changed = on_hand + reserved + sold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub received: i64,
    pub changed: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub sold: i64,
}

/// Whether a lot may be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Available,
    Held,
    Quarantined,
    Recalled,
}

/// There is less on hand than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSmall {
    /// Sales units on hand.
    pub on_hand: i64,
}

/// The lot is recalled: only whoever recalled it changes that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recalled;

impl Lot {
    /// `quantity` of what is on hand; all of it for 0.
    ///
    /// # Errors
    /// There is not so much, or nothing.
    pub fn take(&self, quantity: i64) -> Result<i64, TooSmall> {
        let on_hand = self.counts.on_hand;
        let taken = if quantity == 0 { on_hand } else { quantity };
        if (1..=on_hand).contains(&taken) {
            Ok(taken)
        } else {
            Err(TooSmall { on_hand })
        }
    }

    /// Its seller makes it `state`.
    ///
    /// # Errors
    /// It is recalled.
    pub fn make(&self, state: State) -> Result<State, Recalled> {
        if self.state == State::Recalled {
            Err(Recalled)
        } else {
            Ok(state)
        }
    }
}

/// A use-by date as the contract writes it; `""` for none.
///
/// # Errors
/// No such day, or one before `today`.
pub fn parse_use_by(text: &str, today: Date) -> Result<Option<Date>, UseByDateInvalid> {
    if text.is_empty() {
        return Ok(None);
    }
    match parse_date(text) {
        Ok(date) if date >= today => Ok(Some(date)),
        _ => Err(UseByDateInvalid),
    }
}

/// The use-by date is no day, or one that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the use-by date must be a day of the calendar, today or later in Korea")]
pub struct UseByDateInvalid;

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_use_by_date_is_a_day_that_has_not_passed() {
        let today = date!(2026 - 11 - 22);
        assert_eq!(parse_use_by("", today), Ok(None));
        assert_eq!(parse_use_by("2026-11-22", today), Ok(Some(today)));
        assert_eq!(parse_use_by("2028-02-29", today), Ok(Some(date!(2028 - 02 - 29))));
        for bad in ["2026-11-21", "2027-02-29", "2026-13-01", "0000-00-00", "x"] {
            assert_eq!(parse_use_by(bad, today), Err(UseByDateInvalid), "{bad}");
        }
    }
}
