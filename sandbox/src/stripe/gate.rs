//! What Stripe asks of every request before it is worked on: key, version, parameters, faults, idempotency key.

use axum::response::Response;
use serde_json::Value;
use time::Duration;

use super::desk::{Desk, Origin};
use super::errors::{self, Refusal};
use super::incoming::{Call, Marks, authorize, call, contents, given, version};
use super::{Endpoint, expand};
use crate::app::App;
use crate::faults::plan;
use crate::gate::{self, Done, Double, Given, Ticket, Trouble};
use crate::idempotency::{Claim, Scope, fingerprint};
use crate::incoming::Incoming;
use crate::request_log::Seen;

const ANSWERS_KEPT: Duration = Duration::hours(24);
const LONGEST_KEY: usize = 255;

impl Double for Marks {
    const KEEPS_FALSE_ERRORS: bool = true;

    fn refuse(&self, trouble: Trouble<'_>) -> Given {
        let refusal = match trouble {
            Trouble::RateLimited => Refusal::named(Some("rate_limit")),
            Trouble::InFlight => Refusal::key_in_use(),
            Trouble::OtherRequest => Refusal::key_of_another_request(),
            Trouble::Error(code) => Refusal::named(code),
        };
        refusal.given()
    }

    fn respond(&self, given: Given) -> Response {
        Marks::respond(self, given)
    }
}

/// Answers one request by `work`, or by whatever befalls it on the way.
pub(super) async fn pass<W>(app: App, endpoint: Endpoint, incoming: Incoming, work: W) -> Response
where
    W: FnOnce(&mut Desk<'_>, &Call) -> Result<Value, Refusal> + Send + 'static,
{
    let mut seen = incoming.seen(endpoint.name());
    let mut marks = Marks {
        idempotency_key: incoming.idempotency_key().map(str::to_owned),
        ..Marks::default()
    };
    let (ticket, call) = match admit(&app, endpoint, &incoming, &mut marks, &mut seen) {
        Ok(admitted) => admitted,
        Err(refusal) => return gate::refuse(&app, &marks, seen, refusal.given()),
    };
    let base_url = app.base_url().to_owned();
    let origin = Origin {
        request_id: Some(marks.request_id.clone()),
        idempotency_key: marks.idempotency_key.clone(),
    };
    gate::pass(app, marks, ticket, seen, move |core, faults| {
        let mut desk = Desk::new(core, faults, &base_url, origin);
        let result = expand::check(&call.params)
            .and_then(|()| work(&mut desk, &call))
            .map(|value| expand::apply(value, &call.params, desk.book(), &base_url, desk.now));
        let ahead = desk.ahead;
        Done {
            given: given(result),
            ahead,
        }
    })
    .await
}

fn admit(
    app: &App,
    endpoint: Endpoint,
    incoming: &Incoming,
    marks: &mut Marks,
    seen: &mut Seen,
) -> Result<(Ticket, Call), Refusal> {
    let secret_key = &app.options().stripe_secret_key;
    let by_buyer = if endpoint.is_sandbox_only() {
        false
    } else {
        authorize(&incoming.headers, secret_key, endpoint.is_open_to_buyers())?
    };
    marks.version = version(&incoming.headers)?;
    let call = Call {
        by_buyer,
        ..call(endpoint, incoming)?
    };
    if by_buyer && call.params.text("client_secret")?.is_none() {
        return Err(Refusal::unauthorized("No API key provided."));
    }
    let subject = subject(app, endpoint, &incoming.method, &call);
    seen.order_id.clone_from(&subject.order_id);
    let faults = gate::faults(app, &incoming.headers, &subject, errors::documents)
        .ok_or_else(|| Refusal::unreadable("X-Sandbox-Fault makes no sense."))?;
    seen.fault = (!faults.is_empty()).then(|| faults.to_string());
    let key = marks.idempotency_key.as_deref();
    if key.is_some_and(|key| key.chars().count() > LONGEST_KEY) {
        return Err(Refusal::unreadable(
            "The idempotency key is longer than 255 characters.",
        ));
    }
    let api_key = if by_buyer { "" } else { secret_key };
    let claim = key.map(|key| Claim {
        scope: Scope::new(key, api_key, &incoming.method, "stripe"),
        fingerprint: Some(fingerprint(&contents(incoming))),
        kept: ANSWERS_KEPT,
    });
    let ticket = Ticket {
        faults,
        forced: None,
        claim,
    };
    Ok((ticket, call))
}

/// What fault rules are held against: order and amount named by the request, or those of the payment it names.
fn subject(app: &App, endpoint: Endpoint, method: &str, call: &Call) -> plan::Subject {
    let text = |name: &str| call.params.text(name).ok().flatten();
    let number = |name: &str| call.params.number(name).ok().flatten();
    let (order, amount) = app
        .with(|core| {
            let book = &core.state.stripe;
            let names = [
                Some(call.key.as_str()),
                text("payment_intent"),
                text("charge"),
                text("source"),
            ];
            let intent = names
                .into_iter()
                .flatten()
                .find_map(|name| book.intent_behind(name))?;
            Some((intent.order_id().to_owned(), intent.amount))
        })
        .unzip();
    plan::Subject {
        endpoint: endpoint.name(),
        only_if_named: endpoint.is_sandbox_only(),
        method: method.to_owned(),
        order_id: text("metadata[order_id]").map(str::to_owned).or(order),
        amount: number("amount").or(number("amount_to_capture")).or(amount),
    }
}
