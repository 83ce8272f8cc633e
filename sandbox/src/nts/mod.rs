//! The double of the tax office's (국세청) status of businesses, as the public data portal serves it.

mod answers;

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded;

pub(crate) use answers::documents;

use crate::app::App;
use crate::faults::plan;
use crate::gate::{self, Done, Double, Given, Ticket, Trouble};
use crate::incoming::Incoming;

/// Every name, as `endpoint` in a fault rule takes it.
pub(crate) const ENDPOINTS: [&str; 1] = [STATUS];
const STATUS: &str = "nts_status";
const LARGEST_BODY: usize = 64 * 1024;
/// Most numbers of one request.
const MOST: usize = 100;

/// What a business is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Active,
    Suspended,
    Closed,
    Unregistered,
}

/// Businesses that are something else than their number says. Forgotten at the stop.
#[derive(Debug, Default)]
pub(crate) struct Register(BTreeMap<String, Standing>);

impl Register {
    /// What was said of a number; otherwise one whose check digit fits trades, and the others are not known. Numbers with
    /// hyphens are not known either.
    fn standing(&self, number: &str) -> Standing {
        match self.0.get(number) {
            Some(standing) => *standing,
            None if has_check_digit(number) => Standing::Active,
            None => Standing::Unregistered,
        }
    }
}

fn has_check_digit(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 10) else {
        return false;
    };
    let weighted = digits.iter().zip([1, 3, 7, 1, 3, 7, 1, 3, 5]);
    let sum = weighted.map(|(digit, weight)| digit * weight).sum::<u32>() + digits[8] * 5 / 10;
    (10 - sum % 10) % 10 == digits[9]
}

/// The API and the sandbox's own switch of what a business is.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/nts-businessman/v1/status", post(status))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .route("/sandbox/nts/{number}", put(set))
        .with_state(app)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    standing: Standing,
}

async fn set(
    State(app): State<App>,
    Path(number): Path<String>,
    Json(set): Json<Set>,
) -> Result<Json<Value>, StatusCode> {
    if number.len() != 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let shown = json!({ "b_no": number, "standing": set.standing });
    app.with(|core| core.nts.0.insert(number, set.standing));
    Ok(Json(shown))
}

/// How the portal answers.
#[derive(Clone, Copy)]
struct Portal;

impl Double for Portal {
    const KEEPS_FALSE_ERRORS: bool = false;

    fn refuse(&self, trouble: Trouble<'_>) -> Given {
        match trouble {
            // Told by the gateway, with 200 and in XML.
            Trouble::RateLimited => answers::gateway("22"),
            Trouble::InFlight | Trouble::OtherRequest => answers::refused("INTERNAL_ERROR"),
            Trouble::Error(code) => answers::refused(code.unwrap_or("INTERNAL_ERROR")),
        }
    }

    fn respond(&self, given: Given) -> Response {
        let is_xml = given.body.starts_with('<');
        let mut response = given.response();
        if is_xml {
            let xml = HeaderValue::from_static("text/xml;charset=UTF-8");
            response.headers_mut().insert(header::CONTENT_TYPE, xml);
        }
        response
    }
}

async fn status(State(app): State<App>, incoming: Incoming) -> Response {
    let mut seen = incoming.seen(STATUS);
    if let Err(given) = authorize(&incoming.uri, &app.options().nts_service_key) {
        return gate::refuse(&app, &Portal, seen, given);
    }
    let subject = plan::Subject {
        endpoint: STATUS,
        method: incoming.method.clone(),
        ..plan::Subject::default()
    };
    let Some(faults) = gate::faults(&app, &incoming.headers, &subject, documents) else {
        return gate::refuse(&app, &Portal, seen, answers::refused("BAD_JSON_REQUEST"));
    };
    seen.fault = (!faults.is_empty()).then(|| faults.to_string());
    let ticket = Ticket {
        faults,
        forced: None,
        claim: None,
    };
    gate::pass(app, Portal, ticket, seen, move |core, _| Done {
        given: answer(&core.nts, incoming.body.as_deref()),
        ahead: Vec::new(),
    })
    .await
}

/// The key stands in the query, encoded once.
fn authorize(uri: &Uri, service_key: &str) -> Result<(), Given> {
    let query = uri.query().unwrap_or_default();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let Some((_, key)) = fields.find(|(name, _)| name == "serviceKey") else {
        return Err(answers::unauthorized(-401, "유효하지 않은 인증키 입니다."));
    };
    if key == service_key {
        return Ok(());
    }
    let mut twice = form_urlencoded::parse(key.as_bytes());
    match twice.next().is_some_and(|(name, _)| name == service_key) {
        true => Err(answers::gateway("30")),
        false => Err(answers::unauthorized(-4, "등록되지 않은 인증키 입니다.")),
    }
}

fn answer(register: &Register, body: Option<&[u8]>) -> Given {
    #[derive(Deserialize)]
    struct Asked {
        b_no: Vec<String>,
    }
    let body = body.unwrap_or_default();
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return answers::refused("BAD_JSON_REQUEST");
    };
    let Ok(asked) = Asked::deserialize(value) else {
        return answers::refused("REQUEST_DATA_MALFORMED");
    };
    if asked.b_no.len() > MOST {
        return answers::refused("TOO_LARGE_REQUEST");
    }
    let standings = asked
        .b_no
        .iter()
        .map(|number| (number.as_str(), register.standing(number)));
    answers::standings(&standings.collect::<Vec<_>>())
}
