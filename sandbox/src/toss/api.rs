//! Routes.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, header};
use axum::response::Response;
use axum::routing::{delete, get, post};
use tower_http::cors::{Any, CorsLayer};

use super::errors::{NOT_FOUND, NOT_FOUND_HTTP_METHOD};
use super::incoming::{refused, respond};
use super::{Endpoint, billing, flows, gate, records};
use crate::app::App;
use crate::incoming::Incoming;

const LARGEST_BODY: usize = 64 * 1024;

/// The Toss API and the sandbox-only calls that stand for the buyer and the bank.
pub(crate) fn router(app: App) -> Router {
    let shop = Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{key}", get(get_payment))
        .route("/v1/payments/orders/{order_id}", get(get_order))
        .route("/v1/payments/{key}/cancel", post(cancel))
        .route("/v1/virtual-accounts", post(virtual_account))
        .route("/v1/billing/authorizations/issue", post(billing_issue))
        .route("/v1/billing/{key}", post(billing_charge))
        .route("/v1/billing/{key}", delete(billing_delete))
        .route("/v1/transactions", get(transactions))
        .route("/v1/settlements", get(settlements));
    // The buyer's browser comes from the storefront's origin.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    let buyer = Router::new()
        .route("/v1/checkout-sessions", post(checkout_session))
        .route("/v1/billing-sessions", post(billing_session))
        .method_not_allowed_fallback(unknown_method)
        .layer(cors)
        .route("/sandbox/virtual-accounts/{order_id}/deposit", post(deposit));
    shop.merge(buyer)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(app)
}

async fn unknown_method() -> Response {
    respond(refused(NOT_FOUND_HTTP_METHOD))
}

/// A path nobody knows.
pub(crate) fn unknown_path() -> Response {
    respond(refused(NOT_FOUND))
}

async fn checkout_session(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::CheckoutSession, incoming, |desk, call| {
        flows::open_session(desk, call.read()?)
    })
    .await
}

async fn billing_session(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::BillingSession, incoming, |desk, call| {
        billing::open_session(desk, call.read()?)
    })
    .await
}

async fn confirm(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::Confirm, incoming, |desk, call| {
        flows::confirm(desk, call.read()?)
    })
    .await
}

async fn cancel(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::Cancel, incoming, |desk, call| {
        flows::cancel(desk, &call.key, &call.read()?)
    })
    .await
}

async fn get_payment(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::GetPayment, incoming, |desk, call| {
        flows::by_key(desk, &call.key)
    })
    .await
}

async fn get_order(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::GetOrder, incoming, |desk, call| {
        flows::by_order(desk, &call.key)
    })
    .await
}

async fn virtual_account(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::VirtualAccount, incoming, |desk, call| {
        flows::issue_account(desk, call.read()?)
    })
    .await
}

async fn deposit(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::Deposit, incoming, |desk, call| {
        flows::deposit(desk, &call.key, &call.read()?)
    })
    .await
}

async fn billing_issue(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::BillingIssue, incoming, |desk, call| {
        billing::issue_key(desk, call.read()?)
    })
    .await
}

async fn billing_charge(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::BillingCharge, incoming, |desk, call| {
        billing::charge(desk, &call.key, call.read()?)
    })
    .await
}

async fn billing_delete(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::BillingDelete, incoming, |desk, call| {
        billing::delete_key(desk, &call.key)
    })
    .await
}

async fn transactions(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::Transactions, incoming, |desk, call| {
        records::transactions(desk.book(), &call.query()?, desk.base_url())
    })
    .await
}

async fn settlements(State(app): State<App>, incoming: Incoming) -> Response {
    gate::pass(app, Endpoint::Settlements, incoming, |desk, call| {
        records::settlements(desk.book(), &call.query()?, desk.now)
    })
    .await
}
