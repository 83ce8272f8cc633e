//! The food safety authority: `/api/{key}/{service}/{json|xml}/{start}/{end}[/FIELD=value&...]`, every value a text.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use time::Date;
use url::form_urlencoded;

use super::notices::{self, Row};
use super::{Office, call, coded, cut};
use crate::app::{App, Core};
use crate::control::escape;
use crate::faults::Faults;
use crate::gate::Given;
use crate::incoming::Incoming;

/// What it says when the day's calls are used up.
pub(super) const QUOTA: &str = "INFO-300";
/// Most rows of one call.
const MOST: usize = 1_000;

/// Codes and what they mean.
const CODES: [(&str, &str); 17] = [
    ("INFO-000", "정상처리되었습니다."),
    ("INFO-100", "인증키가 유효하지 않습니다."),
    ("INFO-200", "해당하는 데이터가 없습니다."),
    (QUOTA, "유효 호출건수를 이미 초과하셨습니다."),
    ("INFO-400", "권한이 없습니다."),
    ("ERROR-300", "필수 값이 누락되어 있습니다."),
    ("ERROR-301", "파일타입 값이 누락 혹은 유효하지 않습니다."),
    ("ERROR-310", "해당하는 서비스를 찾을 수 없습니다."),
    ("ERROR-331", "요청시작위치 값을 확인하십시오."),
    ("ERROR-332", "요청종료위치 값을 확인하십시오."),
    ("ERROR-333", "요청위치 값의 타입이 유효하지 않습니다."),
    ("ERROR-334", "요청종료위치보다 요청시작위치가 더 큽니다."),
    ("ERROR-335", "한번에 최대 1000건을 넘을 수 없습니다."),
    ("ERROR-336", "데이터요청은 한번에 최대 1000건을 넘을 수 없습니다."),
    ("ERROR-500", "서버오류입니다."),
    ("ERROR-600", "데이터베이스 연결오류입니다."),
    ("ERROR-601", "SQL 문장 오류 입니다."),
];

/// Whether a fault rule may use the code.
pub(super) fn documents(code: &str) -> bool {
    CODES.iter().any(|(known, _)| *known == code)
}

/// An error, told with 200 inside the answer.
pub(super) fn refused(service: &str, xml: bool, code: &str) -> Given {
    coded(code, shown(service, xml, code, None))
}

pub(super) async fn rows(
    State(app): State<App>,
    Path(parts): Path<Vec<String>>,
    incoming: Incoming,
) -> Response {
    let part = |at: usize| parts.get(at).map(String::as_str).unwrap_or_default().to_owned();
    let (key, service, format) = (part(0), part(1), part(2));
    let known = super::ENDPOINTS.iter().find(|name| {
        name.strip_prefix("mfds_")
            .is_some_and(|own| own.eq_ignore_ascii_case(&service))
    });
    let xml = format == "xml";
    let path = format!(
        "/api/***/{}",
        parts.iter().skip(1).cloned().collect::<Vec<_>>().join("/")
    );
    let endpoint = known.copied().unwrap_or("mfds_i0490");
    let name: &'static str = match endpoint {
        "mfds_i2620" => "I2620",
        "mfds_i2640" => "I2640",
        "mfds_i0470" => "I0470",
        "mfds_i1250" => "I1250",
        "mfds_c005" => "C005",
        _ => "I0490",
    };
    let is_key = key == app.options().mfds_key;
    let (range, filter, is_known) = (read_range(&part(3), &part(4)), part(5), known.is_some());
    let office = Office::Mfds { service: name, xml };
    call(
        app,
        incoming,
        endpoint,
        office,
        path,
        move |core, faults, today| {
            let refuse = |code: &str| refused(name, xml, code);
            match range {
                _ if !is_key => refuse("INFO-100"),
                _ if !is_known => refuse("ERROR-310"),
                _ if !xml && format != "json" => refuse("ERROR-301"),
                Err(code) => refuse(code),
                Ok(range) => answer(core, faults, today, name, xml, range, &filter),
            }
        },
    )
    .await
}

fn read_range(start: &str, end: &str) -> Result<(usize, usize), &'static str> {
    let start: usize = start.parse().map_err(|_| "ERROR-333")?;
    let end: usize = end.parse().map_err(|_| "ERROR-333")?;
    match (start, end) {
        (0, _) => Err("ERROR-331"),
        (start, end) if start > end => Err("ERROR-334"),
        (start, end) if end - start >= MOST => Err("ERROR-336"),
        range => Ok(range),
    }
}

fn answer(
    core: &Core,
    faults: &Faults,
    today: Date,
    service: &str,
    xml: bool,
    range: (usize, usize),
    filter: &str,
) -> Given {
    let mut rows = notices::rows(service, today).unwrap_or_default();
    if service == "I0490" {
        let told = core.food.recalls.iter().rev().cloned().map(|(_, row)| row);
        rows = told.chain(rows).collect();
    }
    for (field, wanted) in form_urlencoded::parse(filter.as_bytes()) {
        rows.retain(|row| fits(row, &field, &wanted));
    }
    if faults.is_empty_answer() {
        rows.clear();
    }
    let total = rows.len();
    let page = cut(rows, range, faults, spoil);
    match page.is_empty() {
        true => refused(service, xml, "INFO-200"),
        false => Given::new(200, shown(service, xml, "INFO-000", Some((total, page)))),
    }
}

/// Days of change are asked for from a day on, other fields by part of their text.
fn fits(row: &Row, field: &str, wanted: &str) -> bool {
    let text = row.get(field).and_then(Value::as_str).unwrap_or_default();
    match field {
        "CHNG_DT" | "CRET_DTM" | "LAST_UPDT_DTM" => {
            text.replace('-', "").get(..8).unwrap_or_default() >= wanted
        }
        _ => text.contains(wanted),
    }
}

/// Takes the number and the name away.
fn spoil(row: &mut Row) {
    for field in [
        "RTRVLDSUSE_SEQ",
        "SEQ",
        "DSPSDTLS_SEQ",
        "PRDLST_REPORT_NO",
        "BAR_CD",
    ] {
        if row.contains_key(field) {
            row.insert(field.to_owned(), json!(""));
        }
    }
}

fn shown(service: &str, xml: bool, code: &str, found: Option<(usize, Vec<Row>)>) -> String {
    let message = CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("", |(_, message)| *message);
    let (total, rows) = found.unwrap_or_default();
    if !xml {
        let mut body =
            json!({ "total_count": total.to_string(), "RESULT": { "MSG": message, "CODE": code } });
        if !rows.is_empty() {
            body["row"] = json!(rows);
        }
        return json!({ service: body }).to_string();
    }
    let fields = |row: &Row| -> String {
        let field = |(name, value): (&String, &Value)| {
            format!("<{name}>{}</{name}>", escape(value.as_str().unwrap_or_default()))
        };
        row.iter().map(field).collect()
    };
    let rows: String = rows
        .iter()
        .enumerate()
        .map(|(at, row)| format!("<row id=\"{at}\">{}</row>", fields(row)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{service}><total_count>{total}</total_count>{rows}\
         <RESULT><MSG>{message}</MSG><CODE>{code}</CODE></RESULT></{service}>"
    )
}
