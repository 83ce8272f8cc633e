//! Notices of the food safety authority by which goods are recalled.

use time::Date;
use uuid::Uuid;
use xlcfi_types::gtin::is_gtin;

use crate::row::{Bad, Fields, Flaw, date, id_of, text};

/// A notice as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub source: String,
    pub number: String,
    pub product_name: String,
    pub business_name: String,
    pub reason: String,
    pub grade: String,
    /// Empty when there is none whose check digit fits.
    pub gtin: String,
    pub report_number: String,
    pub licence_number: String,
    pub made_date: Option<Date>,
    pub use_by_date: Option<Date>,
    /// What it says of dates.
    pub dates_text: String,
}

impl Notice {
    /// Reads a row of I0490. Dates nobody can read do not make it bad: goods are recalled whatever the date.
    pub fn read(source: &str, fields: &Fields) -> Result<Self, Bad> {
        let field = |name: &str| text(fields, name).to_owned();
        let needed = |name: &str| match text(fields, name) {
            "" => Err((Flaw::FieldMissing, format!("{name} is empty"))),
            text => Ok(text.to_owned()),
        };
        let (made, use_by) = (field("MNFDT"), field("DISTBTMLMT"));
        let named = [("제조일자", &made), ("소비기한", &use_by)];
        let said = named.iter().filter(|(_, text)| !text.is_empty());
        let gtin: String = text(fields, "BRCDNO")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        Ok(Self {
            source: source.to_owned(),
            number: needed("RTRVLDSUSE_SEQ")?,
            product_name: needed("PRDTNM")?,
            business_name: field("BSSHNM"),
            reason: field("RTRVLPRVNS"),
            grade: field("RTRVL_GRDCD_NM"),
            gtin: if is_gtin(&gtin) { gtin } else { String::new() },
            report_number: field("PRDLST_REPORT_NO"),
            licence_number: field("LCNS_NO"),
            made_date: date(&made),
            use_by_date: date(&use_by),
            dates_text: said
                .map(|(name, text)| format!("{name} {text}"))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// Follows from source and number.
    pub fn id(&self) -> Uuid {
        id_of(&format!("{}/notice/{}", self.source, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(changes: &[(&str, &str)]) -> Fields {
        let usual = [
            ("RTRVLDSUSE_SEQ", "1001"),
            ("PRDTNM", "햇살 두부"),
            ("BSSHNM", "다솜식품"),
            ("RTRVLPRVNS", "대장균"),
            ("RTRVL_GRDCD_NM", "2등급"),
            ("MNFDT", "2026.11.2."),
            ("DISTBTMLMT", "제조일로부터 24개월까지"),
            ("BRCDNO", "8801234567893"),
        ];
        let all = usual.iter().chain(changes);
        all.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_notice_is_read_with_what_dates_can_be() {
        let notice = Notice::read("MFDS", &row(&[])).expect("a notice");
        assert_eq!(notice.made_date, Some(time::macros::date!(2026 - 11 - 02)));
        assert_eq!(notice.use_by_date, None);
        assert_eq!(
            notice.dates_text,
            "제조일자 2026.11.2., 소비기한 제조일로부터 24개월까지"
        );
        assert_eq!(notice.gtin, "8801234567893");
        let slip = Notice::read("MFDS", &row(&[("BRCDNO", "880-1234567890")])).expect("a notice");
        assert_eq!(slip.gtin, "");
        assert_eq!(slip.id(), notice.id());
    }

    #[test]
    fn a_notice_of_nothing_is_bad() {
        let bad = Notice::read("MFDS", &row(&[("PRDTNM", " ")])).expect_err("it names nothing");
        assert_eq!(bad.0, Flaw::FieldMissing);
    }
}
