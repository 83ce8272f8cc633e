//! Routes.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::cors::{Any, CorsLayer};

use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::{Call, Marks};
use super::payments::Answer;
use super::{Endpoint, buyer, gate, methods, payments, records, refunds, setups};
use crate::app::App;
use crate::incoming::Incoming;

const LARGEST_BODY: usize = 1024 * 1024;

type Flow = fn(&mut Desk<'_>, &Call) -> Answer;

fn reading(endpoint: Endpoint, flow: Flow) -> MethodRouter<App> {
    get(async move |State(app): State<App>, incoming: Incoming| {
        gate::pass(app, endpoint, incoming, flow).await
    })
}

fn writing(endpoint: Endpoint, flow: Flow) -> MethodRouter<App> {
    post(async move |State(app): State<App>, incoming: Incoming| {
        gate::pass(app, endpoint, incoming, flow).await
    })
}

/// The Stripe API and the sandbox-only calls that stand for the buyer.
pub(crate) fn router(app: App) -> Router {
    let shop = Router::new()
        .route(
            "/v1/payment_intents",
            writing(Endpoint::Create, payments::create).merge(reading(Endpoint::List, records::intents)),
        )
        .route(
            "/v1/payment_intents/{id}/capture",
            writing(Endpoint::Capture, payments::capture),
        )
        .route(
            "/v1/payment_intents/{id}/cancel",
            writing(Endpoint::Cancel, payments::cancel),
        )
        .route(
            "/v1/refunds",
            writing(Endpoint::Refund, refunds::create).merge(reading(Endpoint::ListRefunds, refunds::list)),
        )
        .route("/v1/refunds/{id}", reading(Endpoint::GetRefund, refunds::get))
        .route("/v1/charges", reading(Endpoint::Charges, records::charges))
        .route("/v1/charges/{id}", reading(Endpoint::Charges, records::charge))
        .route(
            "/v1/balance_transactions",
            reading(Endpoint::Balance, records::transactions),
        )
        .route(
            "/v1/balance_transactions/{id}",
            reading(Endpoint::Balance, records::transaction),
        )
        .route("/v1/payouts", reading(Endpoint::Payouts, records::payouts))
        .route("/v1/payouts/{id}", reading(Endpoint::Payouts, records::payout))
        .route("/v1/events", reading(Endpoint::Events, records::events))
        .route("/v1/events/{id}", reading(Endpoint::Events, records::event))
        .route(
            "/v1/customers",
            writing(Endpoint::Customer, methods::create_customer),
        )
        .route(
            "/v1/customers/{id}",
            reading(Endpoint::Customer, methods::get_customer),
        )
        .route("/v1/payment_methods", reading(Endpoint::Method, methods::list))
        .route(
            "/v1/payment_methods/{id}",
            reading(Endpoint::Method, methods::get),
        )
        .route(
            "/v1/payment_methods/{id}/attach",
            writing(Endpoint::Attach, methods::attach),
        )
        .route(
            "/v1/payment_methods/{id}/detach",
            writing(Endpoint::Detach, methods::detach),
        )
        .route("/v1/setup_intents", writing(Endpoint::Setup, setups::create));
    shop.merge(buyers())
        .method_not_allowed_fallback(unknown_path)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(app)
}

/// What the buyer's browser may call, from the storefront's origin.
fn buyers() -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("stripe-version"),
        ]);
    Router::new()
        .route("/v1/payment_intents/{id}", reading(Endpoint::Get, payments::get))
        .route(
            "/v1/payment_intents/{id}/confirm",
            writing(Endpoint::Confirm, payments::confirm),
        )
        .route("/v1/setup_intents/{id}", reading(Endpoint::GetSetup, setups::get))
        .route(
            "/v1/setup_intents/{id}/confirm",
            writing(Endpoint::ConfirmSetup, setups::confirm),
        )
        .route(
            "/sandbox/stripe/payment_intents/{id}/authenticate",
            writing(Endpoint::Authenticate, buyer::authenticate),
        )
        .route(
            "/sandbox/stripe/setup_intents/{id}/authenticate",
            writing(Endpoint::Authenticate, buyer::authenticate),
        )
        .method_not_allowed_fallback(unknown_path)
        .layer(cors)
        .route(
            "/sandbox/stripe/authenticate/{id}",
            get(buyer::page).post(answer_page),
        )
}

/// The issuer's page was answered: the same as the call, then back to the shop.
async fn answer_page(State(app): State<App>, Path(id): Path<String>, incoming: Incoming) -> Response {
    let answer = gate::pass(app.clone(), Endpoint::Authenticate, incoming, buyer::authenticate).await;
    match buyer::back_to_shop(&app, &id) {
        Some(redirect) if answer.status().is_success() => redirect.into_response(),
        _ => answer,
    }
}

/// A path nobody knows.
pub(crate) async fn unknown_path(method: Method, uri: Uri) -> Response {
    Marks::default().respond(Refusal::no_such_path(method.as_str(), uri.path()).given())
}
