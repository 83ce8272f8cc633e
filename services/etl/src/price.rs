//! Prices of food, as they were asked on a day.

use time::Date;
use uuid::Uuid;

use crate::row::{Bad, Fields, Flaw, date, id_of, text};

/// Dearest anything may be, in won.
const DEAREST: i64 = 100_000_000;

/// Where in the chain of trade a price was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    Retail,
    Wholesale,
}

/// A price as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub source: String,
    pub item_code: String,
    pub item_name: String,
    pub kind_code: String,
    pub kind_name: String,
    pub grade: String,
    pub unit: String,
    /// Empty for the whole country.
    pub region: String,
    pub level: Level,
    pub date: Date,
    pub won: i64,
}

/// Names of regions by their code.
const REGIONS: [(&str, &str); 24] = [
    ("1101", "서울"),
    ("2100", "부산"),
    ("2200", "대구"),
    ("2300", "인천"),
    ("2401", "광주"),
    ("2501", "대전"),
    ("2601", "울산"),
    ("2701", "세종"),
    ("3111", "수원"),
    ("3112", "성남"),
    ("3113", "의정부"),
    ("3138", "고양"),
    ("3145", "용인"),
    ("3211", "춘천"),
    ("3214", "강릉"),
    ("3311", "청주"),
    ("3411", "천안"),
    ("3511", "전주"),
    ("3613", "순천"),
    ("3711", "포항"),
    ("3714", "안동"),
    ("3814", "창원"),
    ("3818", "김해"),
    ("3911", "제주"),
];

impl Price {
    /// Reads a row of a day's list, with what was asked beside it (`p_regday`, `p_product_cls_code`,
    /// `p_country_code`); none when nobody was asked that day.
    pub fn read(source: &str, fields: &Fields) -> Result<Option<Self>, Bad> {
        let said = text(fields, "dpr1");
        if ["", "-"].contains(&said) {
            return Ok(None);
        }
        let won = said
            .replace(',', "")
            .parse::<i64>()
            .ok()
            .filter(|won| (1..=DEAREST).contains(won));
        let won = won.ok_or_else(|| (Flaw::NumberUnreadable, format!("dpr1 is `{said}`")))?;
        let day =
            date(text(fields, "p_regday")).ok_or((Flaw::DateUnreadable, "p_regday is no date".to_owned()))?;
        let unit = text(fields, "unit").to_owned();
        if unit.is_empty() {
            return Err((Flaw::FieldMissing, "unit is empty".to_owned()));
        }
        let code = text(fields, "p_country_code");
        let region = REGIONS
            .iter()
            .find(|(known, _)| *known == code)
            .map_or(code, |(_, name)| name);
        // The kind's name ends with the unit in brackets, which we keep apart.
        let kind = text(fields, "kind_name");
        let kind = kind.strip_suffix(&format!("({unit})")).unwrap_or(kind).trim();
        Ok(Some(Self {
            source: source.to_owned(),
            item_code: text(fields, "item_code").to_owned(),
            item_name: text(fields, "item_name").to_owned(),
            kind_code: text(fields, "kind_code").to_owned(),
            kind_name: kind.to_owned(),
            grade: text(fields, "rank").to_owned(),
            unit,
            region: region.to_owned(),
            level: if text(fields, "p_product_cls_code") == "02" {
                Level::Wholesale
            } else {
                Level::Retail
            },
            date: day,
            won,
        }))
    }

    /// Follows from everything but names, unit and price: a second answer about it is the same price.
    pub fn id(&self) -> Uuid {
        let level: &str = self.level.into();
        let Self {
            source,
            item_code,
            kind_code,
            grade,
            region,
            date,
            ..
        } = self;
        id_of(&format!(
            "{source}/price/{item_code}/{kind_code}/{grade}/{region}/{level}/{date}"
        ))
    }

    /// Names the item among events.
    pub fn item_key(&self) -> Uuid {
        id_of(&format!("{}/item/{}", self.source, self.item_code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(price: &str) -> Result<Option<Price>, Bad> {
        let row = [
            ("item_code", "211"),
            ("item_name", "배추"),
            ("kind_code", "02"),
            ("kind_name", "고랭지(10kg)"),
            ("rank", "상품"),
            ("unit", "10kg"),
            ("p_regday", "2026-11-20"),
            ("p_product_cls_code", "02"),
            ("p_country_code", "1101"),
            ("dpr1", price),
        ];
        let row: Fields = row
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        Price::read("KAMIS", &row)
    }

    #[test]
    fn a_price_is_read_without_its_commas() {
        let price = read("12,340").expect("a good row").expect("a price");
        assert_eq!(
            (price.won, price.level, price.region.as_str()),
            (12_340, Level::Wholesale, "서울")
        );
        assert_eq!(price.kind_name, "고랭지");
        let other = Price {
            won: 1,
            unit: "8kg".into(),
            ..price.clone()
        };
        assert_eq!(other.id(), price.id());
        assert_ne!(
            Price {
                grade: "중품".into(),
                ..price.clone()
            }
            .id(),
            price.id()
        );
    }

    #[test]
    fn nobody_was_asked_and_no_number_differ() {
        assert_eq!(read("-"), Ok(None));
        assert_eq!(read(""), Ok(None));
        for bad in [
            "1,2x0",
            "0",
            "-5",
            "12.5",
            "999,999,999,999",
            "9999999999999999999999",
        ] {
            assert_eq!(
                read(bad).expect_err("no price").0,
                Flaw::NumberUnreadable,
                "{bad}"
            );
        }
    }
}
