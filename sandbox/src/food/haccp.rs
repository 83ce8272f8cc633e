//! Certificates of HACCP, as the public data portal serves them.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::goods::goods;
use super::notices::Row;
use super::{Office, call, coded, cut};
use crate::app::App;
use crate::gate::Given;
use crate::incoming::Incoming;

/// What the gateway says when the day's calls are used up.
pub(super) const QUOTA: &str = "22";
/// How many goods have a certificate.
const CERTIFIED: u64 = 640;
/// Most rows of one call.
const MOST: usize = 100;

/// Faults of the gateway.
const GATEWAY: [(&str, &str); 9] = [
    ("01", "APPLICATION_ERROR"),
    ("04", "HTTP_ERROR"),
    ("10", "INVALID_REQUEST_PARAMETER_ERROR"),
    ("12", "NO_OPENAPI_SERVICE_ERROR"),
    ("20", "SERVICE_ACCESS_DENIED_ERROR"),
    (QUOTA, "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"),
    ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR"),
    ("31", "DEADLINE_HAS_EXPIRED_ERROR"),
    ("33", "UNSIGNED_CALL_ERROR"),
];

/// Whether a fault rule may use the code.
pub(super) fn documents(code: &str) -> bool {
    GATEWAY.iter().any(|(known, _)| *known == code)
}

/// The gateway answers in XML whatever was asked for, and with 200.
pub(super) fn refused(code: &str) -> Given {
    let known = GATEWAY.iter().find(|(known, _)| *known == code);
    let message = known.map_or("UNKNOWN_ERROR", |(_, message)| *message);
    let body = format!(
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>\
         <returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{code}</returnReasonCode>\
         </cmmMsgHeader></OpenAPI_ServiceResponse>"
    );
    coded(code, body)
}

pub(super) async fn certificates(State(app): State<App>, incoming: Incoming) -> Response {
    let query = incoming.uri.query().unwrap_or_default().to_owned();
    let asked = |name: &str| {
        let mut fields = form_urlencoded::parse(query.as_bytes());
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.into_owned())
    };
    // A key that was encoded twice is not decoded twice, so it is another.
    let is_key = asked("serviceKey").is_some_and(|key| key == app.options().haccp_service_key);
    let number = |name: &str, usual: usize| asked(name).map_or(Some(usual), |text| text.parse().ok());
    let (page, size) = (number("pageNo", 1), number("numOfRows", 10));
    let path = incoming.uri.path().to_owned();
    call(app, incoming, "haccp", Office::Haccp, path, move |_, faults, _| {
        let (Some(page @ 1..), Some(size @ 1..=MOST)) = (page, size) else {
            return refused("10");
        };
        if !is_key {
            return refused("30");
        }
        if faults.is_xml() {
            return refused("01");
        }
        let all: Vec<Row> = match faults.is_empty_answer() {
            true => Vec::new(),
            false => (0..CERTIFIED).map(certificate).collect(),
        };
        let total = all.len();
        let first = (page - 1) * size + 1;
        let rows = cut(all, (first, first + size - 1), faults, |row| {
            row.insert("prdlstReportNo".to_owned(), json!(""));
        });
        let items: Vec<Value> = rows.into_iter().map(|row| json!({ "item": row })).collect();
        let body = json!({
            "header": { "resultCode": "OK", "resultMessage": "NORMAL SERVICE." },
            "body": { "numOfRows": size.to_string(), "pageNo": page.to_string(), "totalCount": total.to_string(), "items": items },
        });
        Given::new(200, body.to_string())
    })
    .await
}

fn certificate(number: u64) -> Row {
    let goods = goods(number * 3);
    let row = json!({
        "rnum": (number + 1).to_string(),
        "prdlstNm": goods.name,
        "prdkind": goods.kind,
        "prdlstReportNo": goods.report_number,
        "barcode": goods.barcode,
        "rawmtrl": goods.ingredients,
        "allergy": if goods.allergens.is_empty() { "없음" } else { goods.allergens },
        "nutrient": "알수없음",
        "capacity": "알수없음",
        "seller": goods.maker,
        "manufacture": format!("{}_{}", goods.maker, goods.address),
        "imgurl1": format!("https://example.com/haccp/{}.jpg", goods.report_number),
        "productGb": "식품",
    });
    match row {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
