//! Rows as sources have them, and what is wrong with some.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::{Date, Month};
use uuid::Uuid;

use crate::job::{Job, Kind};
use crate::price::Price;
use crate::recall::Notice;

/// Texts by the source's names of them.
pub type Fields = BTreeMap<String, String>;

/// Longest text kept of a field.
const MOST_LETTERS: usize = 20_000;

/// What a row is after it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Recall(Notice),
    Record,
    Price(Price),
    /// It says that nobody was asked.
    Nothing,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Flaw {
    /// What names it is empty.
    KeyMissing,
    /// A field without which it says nothing is empty.
    FieldMissing,
    /// A number is none.
    NumberUnreadable,
    /// A date is none.
    DateUnreadable,
}

/// A row that is not taken in, and why.
pub type Bad = (Flaw, String);

/// Reads a row of a job.
///
/// # Errors
/// What is wrong with it.
pub fn read(job: &Job, fields: &Fields) -> Result<Read, Bad> {
    key(job, fields)?;
    match job.kind {
        Kind::Recalls => Notice::read(job.source, fields).map(Read::Recall),
        Kind::Prices => Ok(Price::read(job.source, fields)?.map_or(Read::Nothing, Read::Price)),
        Kind::Records(_) | Kind::Businesses => Ok(Read::Record),
    }
}

/// What names a row of a job.
///
/// # Errors
/// Nothing does.
pub fn key<'a>(job: &Job, fields: &'a Fields) -> Result<&'a str, Bad> {
    let field = job.key_field();
    match text(fields, field) {
        "" => Err((Flaw::KeyMissing, format!("{field} is empty"))),
        key if key.len() > 200 => Err((Flaw::KeyMissing, format!("{field} is no key"))),
        key => Ok(key),
    }
}

/// What names a row among all of its job, prices among it, of which a code names many.
pub fn name(job: &Job, fields: &Fields) -> Option<String> {
    let key = key(job, fields).ok()?;
    if job.kind != Kind::Prices {
        return Some(key.to_owned());
    }
    let rest = [
        "kind_code",
        "rank",
        "p_country_code",
        "p_product_cls_code",
        "p_regday",
    ];
    let rest = rest.map(|field| text(fields, field));
    Some(format!("{key}/{}", rest.join("/")))
}

/// A field's text; empty when there is none.
pub fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(|text| text.trim()).unwrap_or_default()
}

/// A JSON object as a row. Sources write empty texts as null or as an empty list, too.
pub fn fields(value: &Value) -> Fields {
    let show = |value: &Value| match value {
        Value::String(text) => text
            .chars()
            .filter(|letter| *letter != '\0')
            .take(MOST_LETTERS)
            .collect(),
        Value::Null => String::new(),
        Value::Array(list) if list.is_empty() => String::new(),
        other => other.to_string(),
    };
    let object = value.as_object().into_iter().flatten();
    object.map(|(name, value)| (name.clone(), show(value))).collect()
}

/// By what a row is known that nothing else names.
pub fn hash(fields: &Fields) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (name, text) in fields {
        for part in [name, text] {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_vec()
}

/// The id that follows from a name; the same name gives the same id anywhere.
pub fn id_of(name: &str) -> Uuid {
    const NAMESPACE: Uuid = uuid::uuid!("6b0b5a1e-0c55-4f6a-9d0e-6f1d5e9a7c21");
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// The one date a text names: `20261120`, `2026-11-20`, `2026.11.20.`, `26/11/20`, `2026년 11월 20일`. None when it names
/// none, several, or one there is not.
pub fn date(text: &str) -> Option<Date> {
    let numbers: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let (year, month, day) = match numbers[..] {
        [whole] if whole.len() == 8 => (&whole[..4], &whole[4..6], &whole[6..]),
        [year, month, day] if [2, 4].contains(&year.len()) && month.len() <= 2 && day.len() <= 2 => {
            (year, month, day)
        }
        _ => return None,
    };
    let said: String = text.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    if said.chars().any(|letter| !" .-/년월일:까지".contains(letter)) {
        return None;
    }
    let whole: i32 = year.parse().ok()?;
    let year = if year.len() == 2 { 2_000 + whole } else { whole };
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, day.parse().ok()?).ok()?;
    (1950..2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use time::macros::date as day;

    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let wanted = Some(day!(2026 - 11 - 20));
        for text in [
            "20261120",
            "2026-11-20",
            "2026.11.20.",
            "26/11/20",
            "2026년 11월 20일",
            " 2026. 11. 20 까지",
        ] {
            assert_eq!(date(text), wanted, "{text}");
        }
        for text in [
            "",
            "-",
            "제조일로부터 24개월까지",
            "20261131",
            "20260932",
            "2026-11-20 ~ 2026-11-23",
            "2026",
            "99999999",
            "20일 이내 (2026-11)",
            "18991120",
            "제조 2026-11-20",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn values_that_are_no_texts_become_some() {
        let value = serde_json::json!({"a": "x\0y", "b": null, "c": [], "d": 7, "e": {"f": 1}});
        let read = fields(&value);
        assert_eq!(
            (text(&read, "a"), text(&read, "b"), text(&read, "c")),
            ("xy", "", "")
        );
        assert_eq!(
            (text(&read, "d"), text(&read, "e"), text(&read, "z")),
            ("7", "{\"f\":1}", "")
        );
    }

    #[test]
    fn a_row_without_what_names_it_is_bad() {
        let job = Job::named("mfds-barcodes").expect("there is one");
        let row = |key: &str| Fields::from([("BAR_CD".to_owned(), key.to_owned())]);
        assert_eq!(read(job, &row("8801234567893")), Ok(Read::Record));
        assert!(matches!(read(job, &row(" ")), Err((Flaw::KeyMissing, _))));
        assert_ne!(hash(&row("a")), hash(&row("b")));
    }
}
