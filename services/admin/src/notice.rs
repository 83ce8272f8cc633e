//! What a public notice says is recalled.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Month};
use xlcfi_contracts::admin::v1::RecallNotice;
use xlcfi_contracts::product::v1::RecallScope;
use xlcfi_errors::Invalid;

/// Most days a notice may name.
const MOST_DAYS: usize = 40;

/// `2026.11.20`, `26-11-20`, `2026년 11월 20일`, `20261120`.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b(\d{4}|\d{2}) \s* [.\-/년] \s* (\d{1,2}) \s* [.\-/월] \s* (\d{1,2}) \s* [일.]?
        | \b(\d{4})(\d{2})(\d{2})\b",
    )
    .expect("it is well-formed")
});

/// What may stand around dates and says nothing of its own.
static AROUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\s|[,;:/()\[\]·및]|소비|유통|기한|부터|까지|인|제품|포함)*$").expect("it is well-formed")
});

/// The lots a notice names: its barcode and its report number each name goods, and
/// where it has neither, the maker's licence does; of these the lots of its dates.
/// Two names widen a recall: other packs of the same goods have other barcodes.
///
/// # Errors
/// Nothing names goods, or dates that cannot be read: then somebody has to look.
pub fn scopes(notice: &RecallNotice) -> Result<Vec<RecallScope>, Invalid> {
    let barcode: String = notice.barcode.chars().filter(char::is_ascii_digit).collect();
    let report_number = notice.report_number.trim().to_owned();
    let licence_number = notice.licence_number.trim().to_owned();
    let mut goods = Vec::new();
    if !barcode.is_empty() {
        if !(8..=14).contains(&barcode.len()) {
            return Err(Invalid::field("notice.barcode", "has 8 to 14 digits"));
        }
        goods.push(RecallScope {
            gtin: barcode,
            ..RecallScope::default()
        });
    }
    if !report_number.is_empty() {
        goods.push(RecallScope {
            report_number,
            ..RecallScope::default()
        });
    }
    if goods.is_empty() && !licence_number.is_empty() {
        goods.push(RecallScope {
            licence_number,
            ..RecallScope::default()
        });
    }
    if goods.is_empty() {
        let why = "has no barcode, report number or licence number; say by hand what is recalled (`scopes`)";
        return Err(Invalid::field("notice", why));
    }
    let days = days(&notice.lot_dates).map_err(|why| Invalid::field("notice.lot_dates", why))?;
    if days.is_empty() {
        return Ok(goods);
    }
    let of_day = |goods: &RecallScope, day: &Date| RecallScope {
        use_by_date: day.to_string(),
        ..goods.clone()
    };
    let each = goods
        .iter()
        .flat_map(|goods| days.iter().map(move |day| of_day(goods, day)));
    Ok(each.collect())
}

/// The days a text names, in their order; none for an empty text.
fn days(text: &str) -> Result<Vec<Date>, &'static str> {
    let (mut days, mut end, mut last) = (Vec::new(), 0, None);
    for found in DATE.captures_iter(text) {
        let (Some(whole), Some(day)) = (found.get(0), date(&found)) else {
            return Err("has a day no calendar has");
        };
        let between = text.get(end..whole.start()).unwrap_or_default();
        end = whole.end();
        let sides: Vec<&str> = between.split(['~', '～', '∼']).collect();
        if !sides.iter().all(|side| AROUND.is_match(side)) {
            return Err("can be read in more than one way; say by hand what is recalled (`scopes`)");
        }
        match (sides.len(), last) {
            (1, _) => days.push(day),
            (2, Some(first)) if first < day => {
                let mut next = Date::next_day(first);
                while let Some(between) = next.filter(|between| *between <= day && days.len() <= MOST_DAYS) {
                    days.push(between);
                    next = between.next_day();
                }
            }
            _ => return Err("has a range that does not go from one day to a later one"),
        }
        last = Some(day);
    }
    if !AROUND.is_match(text.get(end..).unwrap_or_default()) {
        return Err("can be read in more than one way; say by hand what is recalled (`scopes`)");
    }
    if days.len() > MOST_DAYS {
        return Err("names more than 40 days; leave it empty to recall every lot");
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn date(found: &regex::Captures<'_>) -> Option<Date> {
    let part = |at: usize| {
        found
            .get(at)
            .or_else(|| found.get(at + 3))
            .map(|part| part.as_str())
    };
    let year: i32 = part(1)?.parse().ok()?;
    let year = if year < 100 { 2000 + year } else { year };
    let month = Month::try_from(part(2)?.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year, month, part(3)?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, &'static str> {
        Ok(days(text)?.iter().map(Date::to_string).collect())
    }

    #[test]
    fn days_are_read_as_notices_write_them() {
        for (text, expected) in [
            ("", vec![]),
            ("2026.11.20", vec!["2026-11-20"]),
            ("26.11.20.", vec!["2026-11-20"]),
            ("2026년 11월 20일", vec!["2026-11-20"]),
            ("소비기한: 20261120, 2026-12-01", vec!["2026-11-20", "2026-12-01"]),
            ("2026.11.20 및 2026.11.19", vec!["2026-11-19", "2026-11-20"]),
            (
                "2026.02.27 ~ 2026.03.01",
                vec!["2026-02-27", "2026-02-28", "2026-03-01"],
            ),
            (
                "유통기한 2026.12.31부터 ～ 2027.1.2까지인 제품, 2027.2.3",
                vec!["2026-12-31", "2027-01-01", "2027-01-02", "2027-02-03"],
            ),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_not_guessed() {
        for text in [
            "2026.11.20 이전 제조",
            "전 제품",
            "2026.02.30",
            "2026.11.20 제외 2026.11.21",
            "2026.11.20 ~",
            "~ 2026.11.20",
            "2026.11.20 ~ 2026.11.19",
            "2026.01.01 ~ 2027.01.01",
            "2026.11.20 ~ 2026.11.21 ~ 2026.11.22 ~ ?",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn a_barcode_and_a_report_number_each_name_goods() {
        let notice = RecallNotice {
            barcode: "880-1234-567890".into(),
            report_number: " 20150123456789 ".into(),
            licence_number: "20150123456".into(),
            lot_dates: "2026.11.20, 2026.11.21".into(),
            ..RecallNotice::default()
        };
        let named = scopes(&notice).expect("it names goods");
        let named: Vec<(&str, &str, &str, &str)> = named
            .iter()
            .map(|s| (&*s.gtin, &*s.report_number, &*s.licence_number, &*s.use_by_date))
            .collect();
        assert_eq!(
            named,
            [
                ("8801234567890", "", "", "2026-11-20"),
                ("8801234567890", "", "", "2026-11-21"),
                ("", "20150123456789", "", "2026-11-20"),
                ("", "20150123456789", "", "2026-11-21"),
            ]
        );
        let maker = RecallNotice {
            licence_number: "20150123456".into(),
            ..RecallNotice::default()
        };
        assert_eq!(
            scopes(&maker).expect("the maker is named")[0].licence_number,
            "20150123456"
        );
        let name = RecallNotice {
            product_name: "감자칩".into(),
            ..RecallNotice::default()
        };
        assert!(scopes(&name).is_err(), "a name names nothing for sure");
    }
}
