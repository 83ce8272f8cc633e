use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What ids of series are made from, so that the same food has the same id everywhere.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d61_726b_6574_5f73_6572_6965_735f_7631);

/// Who tells what is paid here.
pub const OWN: &str = "XLCFI";

/// Where in the chain of trade prices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    Retail,
    Wholesale,
    Traded,
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub source: String,
    pub item_code: String,
    pub item_name: String,
    pub kind_code: String,
    pub kind_name: String,
    pub grade: String,
    pub unit: String,
    pub region: String,
    pub level: Level,
}

impl Subject {
    /// Its id. Names may change, and so may the category of a product that is sold here.
    pub fn id(&self) -> Uuid {
        let item = if self.source == OWN { "" } else { &self.item_code };
        let level: &str = self.level.into();
        let parts = [
            &self.source,
            item,
            &self.kind_code,
            &self.grade,
            &self.unit,
            &self.region,
            level,
        ];
        Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes())
    }
}

/// A series and what is known of its prices.
#[derive(Debug, Clone)]
pub struct Series {
    pub series_id: Uuid,
    pub subject: Subject,
    pub version: i64,
    pub days: i32,
    pub first_date: Date,
    pub last_date: Date,
    pub last_price: i64,
    pub create_time: OffsetDateTime,
}

/// What something cost on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPrice {
    pub date: Date,
    pub price: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            source: "KAMIS".into(),
            item_code: "152".into(),
            item_name: "감자".into(),
            kind_code: "01".into(),
            kind_name: "수미".into(),
            grade: "상품".into(),
            unit: "20kg".into(),
            region: "서울".into(),
            level: Level::Wholesale,
        }
    }

    #[test]
    fn an_id_goes_by_codes_and_not_by_names() {
        let renamed = Subject {
            item_name: "햇감자".into(),
            ..subject()
        };
        assert_eq!(renamed.id(), subject().id());
        let others = [
            Subject {
                item_code: "153".into(),
                ..subject()
            },
            Subject {
                level: Level::Retail,
                ..subject()
            },
            Subject {
                region: String::new(),
                ..subject()
            },
            Subject {
                grade: String::new(),
                kind_code: "01상품".into(),
                ..subject()
            },
        ];
        assert!(others.iter().all(|other| other.id() != subject().id()));
    }
}
