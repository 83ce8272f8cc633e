//! The sandbox's own switches and windows: `/sandbox/...`, `/health` and the page at `/`. Field names here are snake_case, so
//! that nobody takes them for a provider's.

mod page;
mod receipt;

pub(crate) use page::escape;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::app::{App, Core};
use crate::clock::kst;
use crate::faults::HELP;
use crate::faults::plan::{Plan, PlanRequest};
use crate::ledger::Posting;
use crate::provider::Provider;
use crate::request_log::Seen;
use crate::state::Change;
use crate::webhooks::queue::Delivery;
use crate::{food, nts, stripe, timers, toss};

/// Routes of the switches and windows.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/health", get(health))
        .route("/sandbox/clock", get(clock).post(advance_clock))
        .route(
            "/sandbox/faults",
            get(faults).put(set_faults).delete(clear_faults),
        )
        .route("/sandbox/ledger", get(ledger))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/webhooks", get(webhooks).put(set_webhooks))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/receipts/{key}", get(receipt::show))
        .route("/v1/payments/{key}/checkout", get(receipt::show))
        .with_state(app)
}

/// A request that makes no sense, said in one line.
fn refuse(reason: impl std::fmt::Display) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({ "error": reason.to_string() })),
    )
        .into_response()
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

fn show_clock(core: &Core) -> Value {
    let now = core.now();
    json!({
        "now": now.format(&Rfc3339).unwrap_or_default(),
        "now_kst": kst(now),
        "offset_seconds": core.state.clock.offset_seconds,
    })
}

async fn clock(State(app): State<App>) -> Json<Value> {
    Json(app.with(|core| show_clock(core)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
}

async fn advance_clock(
    State(app): State<App>,
    body: Result<Json<Advance>, JsonRejection>,
) -> Result<Json<Value>, Response> {
    let Json(request) = body.map_err(refuse)?;
    let shown = app.with(|core| {
        let clock = core.state.clock.advanced(request.advance_seconds)?;
        core.record(Change::Clock(clock));
        core.commit();
        let now = core.now();
        timers::take_effect(core, now, app.base_url());
        Some(show_clock(core))
    });
    app.wake();
    shown
        .map(Json)
        .ok_or_else(|| refuse("the clock moves forward only, ten years at most"))
}

fn show_faults(core: &Core) -> Value {
    let known: serde_json::Map<String, Value> = HELP
        .iter()
        .map(|(name, meaning)| ((*name).to_owned(), json!(meaning)))
        .collect();
    let codes: serde_json::Map<String, Value> = toss::Refusal::all()
        .map(|refusal| (refusal.code.to_owned(), json!(refusal.status)))
        .collect();
    json!({
        "seed": core.plan.seed(),
        "rules": core.plan.rules(),
        "faults": known,
        "endpoints": endpoints(),
        "codes": codes,
        "stripe_codes": stripe::codes(),
    })
}

async fn faults(State(app): State<App>) -> Json<Value> {
    Json(app.with(|core| show_faults(core)))
}

async fn set_faults(
    State(app): State<App>,
    body: Result<Json<PlanRequest>, JsonRejection>,
) -> Result<Json<Value>, Response> {
    let Json(request) = body.map_err(refuse)?;
    for rule in &request.rules {
        let endpoint = rule.endpoint.as_deref();
        if let Some(code) = rule.fault.codes().find(|code| !is_documented(code, endpoint)) {
            return Err(refuse(format!("{code} is not a documented code")));
        }
    }
    let plan = Plan::new(request, &endpoints()).map_err(refuse)?;
    Ok(Json(app.with(|core| {
        core.plan = plan;
        show_faults(core)
    })))
}

/// Every name a rule may use.
fn endpoints() -> Vec<&'static str> {
    let payments = toss::ENDPOINTS.into_iter().chain(stripe::ENDPOINTS);
    payments.chain(nts::ENDPOINTS).chain(food::ENDPOINTS).collect()
}

/// Whether the provider whose endpoint a rule names documents the code; without an endpoint, either PG.
fn is_documented(code: &str, endpoint: Option<&str>) -> bool {
    if endpoint.is_some_and(|name| nts::ENDPOINTS.iter().any(|own| own.eq_ignore_ascii_case(name))) {
        return nts::documents(code);
    }
    if let Some(name) =
        endpoint.filter(|name| food::ENDPOINTS.iter().any(|own| own.eq_ignore_ascii_case(name)))
    {
        return food::documents(name, code);
    }
    let stripes = endpoint.map(|name| stripe::ENDPOINTS.iter().any(|own| own.eq_ignore_ascii_case(name)));
    (stripes != Some(true) && toss::Refusal::of(code).is_some())
        || (stripes != Some(false) && stripe::documents(code))
}

async fn clear_faults(State(app): State<App>) -> StatusCode {
    app.with(|core| core.plan = Plan::default());
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct LedgerQuery {
    /// One order, with its postings.
    order_id: Option<String>,
    /// Orders whose id begins so.
    #[serde(default)]
    order_id_prefix: String,
}

async fn ledger(State(app): State<App>, Query(query): Query<LedgerQuery>) -> Json<Value> {
    Json(app.with(|core| {
        let ledger = &core.state.ledger;
        let prefix = query.order_id.as_deref().unwrap_or(&query.order_id_prefix);
        let wanted = |id: &str| query.order_id.as_deref().is_none_or(|order_id| order_id == id);
        let orders: Vec<Value> = ledger
            .orders(prefix)
            .filter(|((id, _, _), _)| wanted(id))
            .map(|((id, provider, currency), totals)| {
                json!({
                    "order_id": id,
                    "provider": provider,
                    "currency": currency,
                    "captured": totals.captured,
                    "refunded": totals.refunded,
                    "balance": totals.balance,
                    "captures": totals.captures,
                    "refunds": totals.refunds,
                })
            })
            .collect();
        let mut shown = json!({
            "orders": orders,
            "totals": ledger.totals(),
            "providers": ledger.providers(),
            "accounts": ledger.accounts(),
            "sound": ledger.is_sound(),
        });
        if let Some(order_id) = &query.order_id {
            let postings: Vec<&Posting> = ledger
                .postings()
                .iter()
                .filter(|posting| posting.order_id == *order_id)
                .collect();
            shown["postings"] = json!(postings);
        }
        shown
    }))
}

#[derive(Deserialize)]
struct OrderQuery {
    order_id: Option<String>,
}

async fn requests(State(app): State<App>, Query(query): Query<OrderQuery>) -> Json<Value> {
    Json(app.with(|core| {
        let wanted = |seen: &&Seen| query.order_id.is_none() || seen.order_id == query.order_id;
        json!({ "requests": core.log.iter().filter(wanted).collect::<Vec<_>>() })
    }))
}

async fn webhooks(State(app): State<App>, Query(query): Query<OrderQuery>) -> Json<Value> {
    Json(app.with(|core| {
        let queue = &core.state.webhooks;
        let wanted = |delivery: &&Delivery| {
            query
                .order_id
                .as_deref()
                .is_none_or(|order_id| order_id == delivery.order_id)
        };
        let deliveries: Vec<&Delivery> = queue.finished().chain(queue.pending()).filter(wanted).collect();
        let urls = |provider| queue.urls(provider);
        json!({
            "urls": urls(Provider::Toss),
            "stripe_urls": urls(Provider::Stripe),
            "deliveries": deliveries,
        })
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Urls {
    #[serde(default)]
    provider: Provider,
    urls: Vec<String>,
}

async fn set_webhooks(
    State(app): State<App>,
    body: Result<Json<Urls>, JsonRejection>,
) -> Result<Json<Value>, Response> {
    let Json(request) = body.map_err(refuse)?;
    if let Some(url) = request.urls.iter().find(|url| reqwest::Url::parse(url).is_err()) {
        return Err(refuse(format!("{url} is not a URL")));
    }
    app.with(|core| {
        core.record(Change::webhook_urls(request.provider, request.urls.clone()));
        core.commit();
    });
    Ok(Json(
        json!({ "provider": request.provider, "urls": request.urls }),
    ))
}

async fn reset(State(app): State<App>) -> StatusCode {
    app.with(Core::reset);
    StatusCode::NO_CONTENT
}
