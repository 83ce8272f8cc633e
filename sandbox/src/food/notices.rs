//! Rows of the food safety authority's (식품의약품안전처) services, newest first. Some dates are written as people write them.

use serde_json::{Map, Value, json};
use time::macros::date;
use time::{Date, Duration};

use super::goods::{Goods, draw, goods, pick};

/// A row: every value is a text.
pub(super) type Row = Map<String, Value>;

/// First day of which there are notices.
const FIRST: Date = date!(2022 - 01 - 03);
const GRADES: [&str; 3] = ["1등급", "2등급", "3등급"];
const REASONS: [&str; 6] = [
    "대장균 기준 규격 부적합",
    "알레르기 유발물질 미표시",
    "세균수 기준 규격 부적합",
    "이물(금속성) 혼입",
    "소비기한 변조",
    "보존료 기준 초과 검출",
];
const ACTS: [&str; 4] = ["영업정지 7일", "시정명령", "과징금 부과", "품목제조정지 15일"];

/// A row of a service, by its number from 0.
type Maker = fn(u64, Date) -> Row;

/// Every service: its name, days between rows (none: it does not grow, and so many rows), and what makes a row.
const SERVICES: [(&str, Growth, Maker); 6] = [
    ("I0490", Growth::EveryDays(4), recall),
    ("I2620", Growth::EveryDays(6), domestic_inspection),
    ("I2640", Growth::EveryDays(9), imported_inspection),
    ("I0470", Growth::EveryDays(5), sanction),
    ("I1250", Growth::Fixed(2_300), report),
    ("C005", Growth::Fixed(2_300), barcode),
];

enum Growth {
    EveryDays(i64),
    Fixed(u64),
}

/// All rows of a service as of a day; none when there is no such service.
pub(super) fn rows(service: &str, today: Date) -> Option<Vec<Row>> {
    let (_, growth, make) = SERVICES.iter().find(|(name, ..)| *name == service)?;
    let count = match growth {
        Growth::Fixed(count) => *count,
        Growth::EveryDays(days) => u64::try_from((today - FIRST).whole_days() / days).unwrap_or_default(),
    };
    let day = |number: u64| match growth {
        Growth::EveryDays(days) => FIRST + Duration::days(days * i64::try_from(number).unwrap_or_default()),
        Growth::Fixed(_) => {
            FIRST + Duration::days(i64::try_from(draw(number, 20) % 1_400).unwrap_or_default())
        }
    };
    Some((0..count).rev().map(|number| make(number, day(number))).collect())
}

/// A recall of `fields` instead of what a generator would say, published on `day`.
pub(super) fn told_recall(number: u64, day: Date, fields: &Row) -> Row {
    let mut row = recall(number, day);
    row.extend(fields.clone());
    row
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

fn recall(number: u64, day: Date) -> Row {
    let Goods {
        name,
        kind,
        maker,
        address,
        licence_number,
        report_number,
        barcode,
        ..
    } = goods(draw(number, 21) % 2_300);
    let made = day - Duration::days(20);
    row(json!({
        "PRDTNM": name,
        "PRDLST_TYPE": kind,
        "BSSHNM": maker,
        "ADDR": address,
        "RTRVLPRVNS": pick(&REASONS, number, 22),
        "RTRVL_GRDCD_NM": pick(&GRADES, number, 23),
        "MNFDT": odd(made, number),
        "DISTBTMLMT": odd(made + Duration::days(60), number + 1),
        "BRCDNO": if number % 9 == 4 { String::new() } else { barcode },
        "PRDLST_REPORT_NO": report_number,
        "LCNS_NO": licence_number,
        "RTRVLDSUSE_SEQ": (1_000 + number).to_string(),
        "CRET_DTM": format!("{} 09:30:00", day),
        "FRMLCUNIT": "",
    }))
}

/// A date as one of many people writes it.
fn odd(date: Date, number: u64) -> String {
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    match number % 8 {
        0 => format!("{year}{month:02}{day:02}"),
        1 => format!("{year}.{month}.{day}."),
        2 => format!("{year}년 {month}월 {day}일"),
        3 => format!("{:02}.{month:02}.{day:02}", year % 100),
        4 => "제조일로부터 24개월까지".to_owned(),
        5 => format!("{year}-{month:02}-{day:02}"),
        6 => format!("{year}{month:02}32"),
        _ => format!("{date} ~ {}", date + Duration::days(3)),
    }
}

fn domestic_inspection(number: u64, day: Date) -> Row {
    let goods = goods(draw(number, 24) % 2_300);
    row(json!({
        "PRDTNM": goods.name,
        "BSSHNM": goods.maker,
        "TEST_ITMNM": pick(&REASONS, number, 25),
        "STDR_STND": "불검출",
        "TESTANALS_RSLT": "검출",
        "BRCDNO": goods.barcode,
        "LCNS_NO": goods.licence_number,
        "PRDLST_REPORT_NO": goods.report_number,
        "RTRVLDSUSE_SEQ": (5_000 + number).to_string(),
        "CRET_DTM": compact(day),
    }))
}

fn imported_inspection(number: u64, day: Date) -> Row {
    let goods = goods(draw(number, 26) % 2_300);
    row(json!({
        "PRDT_NM": goods.name,
        "BSSH_NM": goods.maker,
        "MNFT_CTRY": pick(&["중국", "베트남", "미국", "태국"], number, 27),
        "IMPROPT_ITM": pick(&REASONS, number, 28),
        "SEQ": (8_000 + number).to_string(),
        "CRET_DTM": compact(day),
    }))
}

fn sanction(number: u64, day: Date) -> Row {
    let goods = goods(draw(number, 29) % 2_300);
    row(json!({
        "PRCSCITYPOINT_BSSHNM": goods.maker,
        "ADDR": goods.address,
        "LCNS_NO": goods.licence_number,
        "INDUTY_CD_NM": "식품제조가공업",
        "DSPS_TYPECD_NM": pick(&ACTS, number, 30),
        "VILTCN": pick(&REASONS, number, 31),
        "DSPS_DCSNDT": compact(day),
        "DSPSDTLS_SEQ": (20_000 + number).to_string(),
        "LAST_UPDT_DTM": compact(day),
    }))
}

fn report(number: u64, day: Date) -> Row {
    let goods = goods(number);
    row(json!({
        "PRDLST_NM": goods.name,
        "PRDLST_DCNM": goods.kind,
        "BSSH_NM": goods.maker,
        "LCNS_NO": goods.licence_number,
        "PRDLST_REPORT_NO": goods.report_number,
        "PRMS_DT": compact(day),
        "POG_DAYCNT": "제조일로부터 60일",
        "CHNG_DT": compact(day),
    }))
}

fn barcode(number: u64, day: Date) -> Row {
    let goods = goods(number);
    row(json!({
        "PRDLST_NM": goods.name,
        "PRDLST_DCNM": goods.kind,
        "BSSH_NM": goods.maker,
        "SITE_ADDR": goods.address,
        "BAR_CD": goods.barcode,
        "PRDLST_REPORT_NO": goods.report_number,
        "PRMS_DT": compact(day),
        "POG_DAYCNT": "60일",
        "CLSBIZ_DT": "",
    }))
}

fn compact(day: Date) -> String {
    format!("{}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_what_they_are_while_time_adds_new_ones_in_front() {
        let before = rows("I0490", date!(2026 - 11 - 01)).expect("there is such a service");
        let after = rows("I0490", date!(2026 - 11 - 09)).expect("there is such a service");
        assert_eq!(after.len(), before.len() + 2);
        assert_eq!(&after[2..], &before[..]);
        assert_eq!(rows("I0000", FIRST), None);
    }
}
