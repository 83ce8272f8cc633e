//! Food prices (KAMIS): `dailyPriceByCategoryList`, one day of one category at one level of trade.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use time::{Date, Duration};
use url::form_urlencoded;

use super::notices::Row;
use super::prices::{ITEMS, Item, knows, price};
use super::{Office, call, coded};
use crate::app::App;
use crate::clock::parse_day;
use crate::gate::Given;
use crate::incoming::Incoming;

/// Whether a fault rule may use the code: no data, wrong parameters, wrong key.
pub(super) fn documents(code: &str) -> bool {
    ["001", "200", "900"].contains(&code)
}

/// A refusal is a list of one code where the data would be.
pub(super) fn refused(code: &str) -> Given {
    coded(code, json!({ "condition": [], "data": [code] }).to_string())
}

pub(super) async fn prices(State(app): State<App>, incoming: Incoming) -> Response {
    let query = incoming.uri.query().unwrap_or_default().to_owned();
    let asked = |name: &str| {
        let mut fields = form_urlencoded::parse(query.as_bytes());
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let options = app.options();
    let is_key = asked("p_cert_key") == options.kamis_cert_key && asked("p_cert_id") == options.kamis_cert_id;
    let (action, level, category, region) = (
        asked("action"),
        asked("p_product_cls_code"),
        asked("p_item_category_code"),
        asked("p_country_code"),
    );
    let day = parse_day(&asked("p_regday"));
    let path = incoming.uri.path().to_owned();
    call(app, incoming, "kamis", Office::Kamis, path, move |_, faults, today| {
        let wholesale = level == "02";
        let makes_sense = action == "dailyPriceByCategoryList" && ["01", "02"].contains(&level.as_str()) && knows(&region);
        let Some(day) = day.filter(|_| makes_sense) else {
            return refused("200");
        };
        if !is_key {
            return refused("900");
        }
        let of_category = ITEMS.iter().enumerate().filter(|(_, item)| item.category == category);
        let mut rows: Vec<Row> = of_category.filter_map(|(at, item)| row(at, item, &region, wholesale, day, today)).collect();
        if faults.is_empty_answer() || rows.is_empty() {
            return refused("001");
        }
        if faults.is_spoilt() {
            // A slip of the hand.
            rows[0].insert("dpr1".to_owned(), json!("1,2x0"));
        }
        let condition = json!([{ "p_product_cls_code": level, "p_item_category_code": category, "p_regday": day.to_string() }]);
        Given::new(200, json!({ "condition": condition, "data": { "error_code": "000", "item": rows } }).to_string())
    })
    .await
}

/// What was paid for an item on a day and before it; none when it is not asked about at this level.
fn row(at: usize, item: &Item, region: &str, wholesale: bool, day: Date, today: Date) -> Option<Row> {
    let unit = match (wholesale, item.wholesale) {
        (false, _) => item.unit,
        (true, wholesale) => wholesale?.0,
    };
    let shown = |ago: i64| {
        let day = day - Duration::days(ago);
        let price = (day <= today)
            .then(|| price(at, region, wholesale, day))
            .flatten();
        price.map_or_else(|| "-".to_owned(), with_commas)
    };
    let label = |name: &str, ago: i64| {
        let day = day - Duration::days(ago);
        format!("{name} ({:02}/{:02})", u8::from(day.month()), day.day())
    };
    let mut row = json!({
        "item_name": item.item.1,
        "item_code": item.item.0,
        "kind_name": format!("{}({unit})", item.kind.1),
        "kind_code": item.kind.0,
        "rank": item.rank,
        "rank_code": if item.rank == "상품" { "04" } else { "05" },
        "unit": unit,
        "day1": label("당일", 0), "dpr1": shown(0),
        "day2": label("1일전", 1), "dpr2": shown(1),
        "day3": label("1주일전", 7), "dpr3": shown(7),
        "day4": label("2주일전", 14), "dpr4": shown(14),
        "day5": "1개월전", "dpr5": shown(30),
        "day6": "1년전", "dpr6": shown(364),
        // What would be an empty text in XML is an empty list here.
        "day7": "일평년", "dpr7": [],
    });
    match row.take() {
        Value::Object(row) => Some(row),
        _ => None,
    }
}

/// `1,234,567`.
fn with_commas(won: i64) -> String {
    let digits = won.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (won, text) in [(7, "7"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(with_commas(won), text);
        }
    }
}
