//! Doubles of public food data: the food safety authority (식품의약품안전처), certificates of HACCP, and food prices (KAMIS).
//! What they tell is invented, and follows from numbers and days.

mod goods;
mod haccp;
mod kamis;
mod mfds;
mod notices;
mod prices;
mod switches;

use std::collections::BTreeMap;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post, put};
use time::Date;

use crate::app::{App, Core};
use crate::clock::kst_day;
use crate::faults::{Faults, plan};
use crate::gate::{self, Done, Double, Given, Ticket, Trouble};
use crate::incoming::Incoming;
use notices::Row;

/// Every name, as `endpoint` in a fault rule takes it.
pub(crate) const ENDPOINTS: [&str; 8] = [
    "mfds_i0490",
    "mfds_i2620",
    "mfds_i2640",
    "mfds_i0470",
    "mfds_i1250",
    "mfds_c005",
    "haccp",
    "kamis",
];

/// Whether an endpoint's owner documents the code.
pub(crate) fn documents(endpoint: &str, code: &str) -> bool {
    match endpoint.to_lowercase().as_str() {
        "haccp" => haccp::documents(code),
        "kamis" => kamis::documents(code),
        _ => mfds::documents(code),
    }
}

/// What was told of food data since the start. Forgotten at the stop.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Most calls of an endpoint a day; none is no limit.
    daily_calls: Option<u64>,
    calls: BTreeMap<(&'static str, Date), u64>,
    /// Recalls published by hand, with their days, oldest first.
    recalls: Vec<(Date, Row)>,
}

impl Desk {
    /// Counts a call; whether it is within the day's quota.
    fn count(&mut self, endpoint: &'static str, today: Date) -> bool {
        let calls = self.calls.entry((endpoint, today)).or_default();
        *calls += 1;
        self.daily_calls.is_none_or(|most| *calls <= most)
    }
}

/// The APIs and the sandbox's own switches of them.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/api/{key}/{service}/{format}/{start}/{end}", get(mfds::rows))
        .route(
            "/api/{key}/{service}/{format}/{start}/{end}/{filter}",
            get(mfds::rows),
        )
        .route(
            "/B553748/CertImgListServiceV3/getCertImgListServiceV3",
            get(haccp::certificates),
        )
        .route("/service/price/xml.do", get(kamis::prices))
        .route("/sandbox/food", put(switches::set))
        .route("/sandbox/food/recalls", post(switches::publish))
        .with_state(app)
}

/// Whose words an answer is in.
#[derive(Clone, Copy)]
enum Office {
    Mfds { service: &'static str, xml: bool },
    Haccp,
    Kamis,
}

/// A page no program asked for, as it comes under load.
const BUSY_PAGE: &str = "<!DOCTYPE html><html><head><title>서비스 지연</title></head>\
    <body><h1>접속자가 많아 서비스가 지연되고 있습니다.</h1></body></html>";

impl Double for Office {
    const KEEPS_FALSE_ERRORS: bool = false;
    const IS_QUIET: bool = true;

    fn refuse(&self, trouble: Trouble<'_>) -> Given {
        let code = match trouble {
            Trouble::Error(code) => code,
            Trouble::RateLimited => Some(match self {
                Office::Mfds { .. } => mfds::QUOTA,
                Office::Haccp => haccp::QUOTA,
                Office::Kamis => return html(),
            }),
            Trouble::InFlight | Trouble::OtherRequest => None,
        };
        match self {
            Office::Mfds { service, xml } => mfds::refused(service, *xml, code.unwrap_or("ERROR-500")),
            Office::Haccp => haccp::refused(code.unwrap_or("04")),
            Office::Kamis => kamis::refused(code.unwrap_or("200")),
        }
    }

    fn respond(&self, given: Given) -> Response {
        let kind = match given.body.get(..2) {
            Some("<!") => Some("text/html;charset=UTF-8"),
            Some(text) if text.starts_with('<') => Some("text/xml;charset=UTF-8"),
            _ => None,
        };
        let mut response = given.response();
        if let Some(kind) = kind {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        response
    }
}

/// 200, and HTML.
fn html() -> Given {
    coded("HTML", BUSY_PAGE.to_owned())
}

/// A refusal, which comes with 200.
fn coded(code: &str, body: String) -> Given {
    Given {
        code: Some(code.to_owned()),
        ..Given::new(200, body)
    }
}

/// Answers a call by `work`, within the quota, or by what befalls it. The path is told without the key in it.
async fn call<W>(
    app: App,
    incoming: Incoming,
    endpoint: &'static str,
    office: Office,
    path: String,
    work: W,
) -> Response
where
    W: FnOnce(&Core, &Faults, Date) -> Given + Send + 'static,
{
    let mut seen = incoming.seen(endpoint);
    seen.path = path;
    let subject = plan::Subject {
        endpoint,
        method: incoming.method.clone(),
        ..plan::Subject::default()
    };
    let knows = |code: &str| documents(endpoint, code);
    let Some(faults) = gate::faults(&app, &incoming.headers, &subject, knows) else {
        return gate::refuse(&app, &office, seen, office.refuse(Trouble::Error(None)));
    };
    seen.fault = (!faults.is_empty()).then(|| faults.to_string());
    let ticket = Ticket {
        faults,
        forced: None,
        claim: None,
    };
    gate::pass(app, office, ticket, seen, move |core, faults| {
        let today = kst_day(core.now());
        let given = match core.food.count(endpoint, today) {
            true if faults.is_html() => html(),
            true => work(core, faults, today),
            false => office.refuse(Trouble::RateLimited),
        };
        Done {
            given,
            ahead: Vec::new(),
        }
    })
    .await
}

/// The rows `from` to `to`, counted from 1; shifted by the row that came in between where that is to happen, and every
/// seventh spoilt where that is.
fn cut(mut rows: Vec<Row>, (from, to): (usize, usize), faults: &Faults, spoil: fn(&mut Row)) -> Vec<Row> {
    if faults.is_shifted()
        && from > 1
        && let Some(first) = rows.first().cloned()
    {
        rows.insert(0, first);
    }
    let mut page: Vec<Row> = rows.into_iter().skip(from - 1).take(to + 1 - from).collect();
    if faults.is_spoilt() {
        page.iter_mut().skip(6).step_by(7).for_each(spoil);
    }
    page
}
