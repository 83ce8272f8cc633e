//! What Toss asks of every request before it is worked on: key check, faults, idempotency key.

use axum::response::Response;
use serde_json::Value;
use time::Duration;

use super::Endpoint;
use super::desk::Desk;
use super::errors::{
    FAILED_INTERNAL_SYSTEM_PROCESSING, IDEMPOTENT_REQUEST_PROCESSING, INVALID_IDEMPOTENCY_KEY,
    INVALID_SANDBOX_FAULT, INVALID_TEST_CODE, Refusal, TOO_MANY_REQUESTS,
};
use super::incoming::{Call, authorize, call, given, refused, respond};
use crate::app::App;
use crate::faults::plan;
use crate::gate::{self, Done, Double, Given, Ticket, Trouble};
use crate::idempotency::{Claim, Scope};
use crate::incoming::{Incoming, header};
use crate::request_log::Seen;

const ANSWERS_KEPT: Duration = Duration::days(15);

/// How Toss answers.
#[derive(Clone, Copy)]
struct Toss;

impl Double for Toss {
    const KEEPS_FALSE_ERRORS: bool = false;

    fn refuse(&self, trouble: Trouble<'_>) -> Given {
        refused(match trouble {
            Trouble::RateLimited => TOO_MANY_REQUESTS,
            // Bodies are not compared, so there is no other request.
            Trouble::InFlight | Trouble::OtherRequest => IDEMPOTENT_REQUEST_PROCESSING,
            Trouble::Error(code) => code
                .and_then(Refusal::of)
                .unwrap_or(FAILED_INTERNAL_SYSTEM_PROCESSING),
        })
    }

    fn respond(&self, given: Given) -> Response {
        respond(given)
    }
}

/// Answers one request by `work`, or by whatever befalls it on the way.
pub(super) async fn pass<W>(app: App, endpoint: Endpoint, incoming: Incoming, work: W) -> Response
where
    W: FnOnce(&mut Desk<'_>, &Call) -> Result<Value, Refusal> + Send + 'static,
{
    let mut seen = incoming.seen(endpoint.name());
    let (ticket, call) = match admit(&app, endpoint, incoming, &mut seen) {
        Ok(admitted) => admitted,
        Err(refusal) => return gate::refuse(&app, &Toss, seen, refused(refusal)),
    };
    let base_url = app.base_url().to_owned();
    gate::pass(app, Toss, ticket, seen, move |core, faults| {
        let mut desk = Desk::new(core, faults, &base_url);
        let given = given(work(&mut desk, &call));
        let ahead = desk.ahead;
        Done { given, ahead }
    })
    .await
}

fn admit(
    app: &App,
    endpoint: Endpoint,
    incoming: Incoming,
    seen: &mut Seen,
) -> Result<(Ticket, Call), Refusal> {
    let secret_key = &app.options().toss_secret_key;
    if !endpoint.is_sandbox_only() {
        authorize(&incoming.headers, secret_key)?;
    }
    let (headers, method) = (incoming.headers.clone(), incoming.method.clone());
    let path = incoming.uri.path().to_owned();
    let key = incoming.idempotency_key().map(str::to_owned);
    let call = call(incoming)?;
    let subject = subject(app, endpoint, &method, &call);
    seen.order_id.clone_from(&subject.order_id);
    let faults = gate::faults(app, &headers, &subject, |code| Refusal::of(code).is_some())
        .ok_or(INVALID_SANDBOX_FAULT)?;
    seen.fault = (!faults.is_empty()).then(|| faults.to_string());
    let forced = header(&headers, "tosspayments-test-code")
        .filter(|_| secret_key.starts_with("test_"))
        .map(|code| refused(Refusal::of(code).unwrap_or(INVALID_TEST_CODE)));
    if key.as_ref().is_some_and(|key| key.chars().count() > 300) {
        return Err(INVALID_IDEMPOTENCY_KEY);
    }
    let claim = key.map(|key| Claim {
        scope: Scope::new(&key, secret_key, &method, &path),
        fingerprint: None,
        kept: ANSWERS_KEPT,
    });
    let ticket = Ticket {
        faults,
        forced,
        claim,
    };
    Ok((ticket, call))
}

/// What fault rules are held against: the order and amount named by the request, or those of the payment it names.
fn subject(app: &App, endpoint: Endpoint, method: &str, call: &Call) -> plan::Subject {
    let text = |field: &str| call.body.get(field).and_then(Value::as_str);
    let number = |field: &str| call.body.get(field).and_then(Value::as_i64);
    let of_payment = app.with(|core| {
        let key = text("paymentKey").unwrap_or(&call.key);
        core.state
            .toss
            .payment(key)
            .map(|payment| (payment.order_id.clone(), payment.balance))
    });
    let named = matches!(endpoint, Endpoint::GetOrder | Endpoint::Deposit).then(|| call.key.clone());
    let (order, balance) = of_payment.unzip();
    plan::Subject {
        endpoint: endpoint.name(),
        only_if_named: endpoint.is_sandbox_only(),
        method: method.to_owned(),
        order_id: text("orderId").map(str::to_owned).or(named).or(order),
        amount: number("amount").or(number("cancelAmount")).or(balance),
    }
}
