//! Lots, as their story knows them.

use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::gtin::is_gtin;

/// Who records events and buys.
pub type MemberId = Id<Member>;

/// Most characters of a lot number in a GS1 Digital Link, AI (10).
const LOT_NUMBER: usize = 20;

/// Goods that came to be together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedLot {
    pub lot_id: Id<TracedLot>,
    pub seller_id: MemberId,
    /// Product counts it and tells of each change; `None` when it is counted here.
    pub product_id: Option<Uuid>,
    pub name: String,
    pub lot_number: String,
    pub gtin: String,
    pub trace_number: String,
    pub storage: Option<Storage>,
    pub use_by: Option<Date>,
    pub origin: String,
    pub unit: Unit,
    /// How much of it there ever was.
    pub entered: i64,
    /// How much of that is gone.
    pub taken: i64,
    /// How much of what entered came from lots we know.
    pub explained: i64,
    /// The same goods as that lot's until this one began.
    pub split_from: Option<Id<TracedLot>>,
    pub begin_time: OffsetDateTime,
}

/// What quantities count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Unit {
    Piece,
    Gram,
    Millilitre,
}

/// How food is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Storage {
    Frozen,
    Refrigerated,
    Room,
    Ambient,
}

impl TracedLot {
    /// See [`epc_class`].
    pub fn epc_class(&self) -> String {
        epc_class(&self.gtin, &self.lot_number, self.lot_id)
    }

    /// How much of it is left.
    pub fn left(&self) -> i64 {
        self.entered - self.taken
    }
}

/// The class of a lot in EPCIS: a GS1 Digital Link with barcode and lot number where it
/// has both and the number can stand in one as it is, else a URL of ours.
pub fn epc_class(gtin: &str, number: &str, lot_id: Id<TracedLot>) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let fits = (1..=LOT_NUMBER).contains(&number.len()) && number.bytes().all(plain);
    if fits && is_gtin(gtin) {
        format!("https://id.gs1.org/01/{gtin:0>14}/10/{number}")
    } else {
        format!("https://xlcfi.com/lots/{lot_id}")
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// So many grams of a lot that is counted here.
    pub fn grams(entered: i64, begin_time: OffsetDateTime) -> TracedLot {
        TracedLot {
            lot_id: Id::new(),
            seller_id: Id::from_uuid(Uuid::nil()),
            product_id: None,
            name: "감자".into(),
            lot_number: String::new(),
            gtin: String::new(),
            trace_number: String::new(),
            storage: None,
            use_by: None,
            origin: String::new(),
            unit: Unit::Gram,
            entered,
            taken: 0,
            explained: 0,
            split_from: None,
            begin_time,
        }
    }

    #[test]
    fn a_lot_with_barcode_and_plain_number_has_a_digital_link_and_any_other_a_url_of_ours() {
        let mut lot = grams(1, OffsetDateTime::UNIX_EPOCH);
        let own = format!("https://xlcfi.com/lots/{}", lot.lot_id);
        assert_eq!(lot.epc_class(), own);
        lot.gtin = "8801234567893".into();
        assert_eq!(lot.epc_class(), own);
        for (number, link) in [
            ("20261122-1", true),
            ("가-1", false),
            ("A/B", false),
            ("123456789012345678901", false),
        ] {
            lot.lot_number = number.into();
            let expected = if link {
                format!("https://id.gs1.org/01/08801234567893/10/{number}")
            } else {
                own.clone()
            };
            assert_eq!(lot.epc_class(), expected);
        }
        lot.lot_number = "A".into();
        lot.gtin = "8801234567890".into();
        assert_eq!(lot.epc_class(), own, "a barcode that is none");
    }
}
