//! The way of every request: key check, faults, idempotency, the work itself, the answer or what a fault makes of it.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::desk::Desk;
use super::errors::{
    FAILED_INTERNAL_SYSTEM_PROCESSING, IDEMPOTENT_REQUEST_PROCESSING, INVALID_IDEMPOTENCY_KEY,
    INVALID_SANDBOX_FAULT, INVALID_TEST_CODE, Refusal, TOO_MANY_REQUESTS,
};
use super::incoming::{Call, Given, Incoming, authorize, hang_up, header};
use super::{Endpoint, expire_sessions};
use crate::app::App;
use crate::faults::{After, Before, Faults, plan};
use crate::idempotency::{Answer, Begin, Scope};
use crate::request_log::Seen;
use crate::server::Hangup;
use crate::state::Change;
use crate::webhooks::sender;

/// A request let through, with everything that is to happen to it.
struct Admitted {
    call: Call,
    faults: Faults,
    /// Answered instead of working: the test header, or an error fault.
    forced: Option<Refusal>,
    scope: Option<Scope>,
}

/// Answers one request by `work`, or by whatever befalls it on the way.
pub(super) async fn pass<W>(app: App, endpoint: Endpoint, incoming: Incoming, work: W) -> Response
where
    W: FnOnce(&mut Desk<'_>, &Call) -> Result<Value, Refusal> + Send + 'static,
{
    let mut seen = incoming.seen(endpoint.name());
    let admitted = match admit(&app, endpoint, incoming, &mut seen) {
        Ok(admitted) => admitted,
        Err(refusal) => return finish(&app, seen, Given::refusal(refusal), None).await,
    };
    match admitted.faults.before() {
        Some(Before::Timeout { milliseconds }) => {
            log(&app, seen, None);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            return hang_up(Hangup::Close);
        }
        Some(Before::Reset) => {
            log(&app, seen, None);
            return hang_up(Hangup::Reset);
        }
        Some(Before::RateLimit) => return finish(&app, seen, Given::refusal(TOO_MANY_REQUESTS), None).await,
        Some(Before::Error { .. }) | None => {}
    }
    let after = admitted.faults.after();
    let begun = match &admitted.scope {
        Some(scope) => app.with(|core| {
            let now = core.now();
            core.state.answers.begin(scope, now)
        }),
        None => Begin::Fresh,
    };
    let given = match begun {
        Begin::InFlight => {
            return finish(&app, seen, Given::refusal(IDEMPOTENT_REQUEST_PROCESSING), None).await;
        }
        Begin::Replay(answer) => {
            seen.replayed = true;
            Given {
                status: answer.status,
                body: answer.body,
                code: None,
            }
        }
        // A task of its own: a caller that hangs up does not stop the work.
        Begin::Fresh => {
            let scope = admitted.scope.clone();
            tokio::spawn(perform(app.clone(), admitted, work))
                .await
                .unwrap_or_else(|_| {
                    app.with(|core| scope.inspect(|scope| core.state.answers.release(scope)));
                    Given::refusal(FAILED_INTERNAL_SYSTEM_PROCESSING)
                })
        }
    };
    finish(&app, seen, given, after).await
}

fn admit(app: &App, endpoint: Endpoint, incoming: Incoming, seen: &mut Seen) -> Result<Admitted, Refusal> {
    let secret_key = &app.options().toss_secret_key;
    if !endpoint.is_sandbox_only() {
        authorize(&incoming.headers, secret_key)?;
    }
    let (headers, method) = (incoming.headers.clone(), incoming.method.clone());
    let path = incoming.uri.path().to_owned();
    let call = incoming.call()?;
    let subject = subject(app, endpoint, &method, &call);
    seen.order_id.clone_from(&subject.order_id);
    let faults = faults(app, &headers, &subject)?;
    seen.fault = (!faults.is_empty()).then(|| faults.to_string());
    let mut forced = match faults.before() {
        Some(Before::Error { code }) => Some(coded(code.as_deref())),
        _ => None,
    };
    if secret_key.starts_with("test_")
        && let Some(code) = header(&headers, "tosspayments-test-code")
    {
        forced = Some(Refusal::of(code).unwrap_or(INVALID_TEST_CODE));
    }
    let key = if method == "POST" {
        header(&headers, "idempotency-key")
    } else {
        None
    };
    if key.is_some_and(|key| key.chars().count() > 300) {
        return Err(INVALID_IDEMPOTENCY_KEY);
    }
    let scope = key.map(|key| Scope::new(key, secret_key, &method, &path));
    Ok(Admitted {
        call,
        faults,
        forced,
        scope,
    })
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

/// The request's own faults, otherwise those of the first rule that strikes.
fn faults(app: &App, headers: &HeaderMap, subject: &plan::Subject) -> Result<Faults, Refusal> {
    let Some(text) = header(headers, "x-sandbox-fault") else {
        return Ok(app.with(|core| core.plan.decide(subject)).unwrap_or_default());
    };
    let faults: Faults = text.parse().map_err(|_| INVALID_SANDBOX_FAULT)?;
    let known = faults.codes().all(|code| Refusal::of(code).is_some());
    if known {
        Ok(faults)
    } else {
        Err(INVALID_SANDBOX_FAULT)
    }
}

fn coded(code: Option<&str>) -> Refusal {
    code.and_then(Refusal::of)
        .unwrap_or(FAILED_INTERNAL_SYSTEM_PROCESSING)
}

/// Does the work and keeps the answer, in one unit.
async fn perform<W>(app: App, admitted: Admitted, work: W) -> Given
where
    W: FnOnce(&mut Desk<'_>, &Call) -> Result<Value, Refusal>,
{
    let Admitted {
        call,
        faults,
        forced,
        scope,
    } = admitted;
    if let Some(milliseconds) = faults.slow() {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let (given, ahead) = app.with(|core| {
        let now = core.now();
        expire_sessions(core, now, app.base_url());
        let mut desk = Desk::new(core, &faults, app.base_url());
        let result = match forced {
            Some(refusal) => Err(refusal),
            None => work(&mut desk, &call),
        };
        let ahead = std::mem::take(&mut desk.ahead);
        let given = Given::from(result);
        match scope {
            Some(scope) if result_is_kept(&given) => {
                let answer = Answer {
                    scope,
                    at: now,
                    status: given.status,
                    body: given.body.clone(),
                };
                core.record(Change::Answer(answer));
            }
            Some(scope) => core.state.answers.release(&scope),
            None => {}
        }
        core.commit();
        let ahead: Vec<_> = ahead
            .into_iter()
            .filter_map(|number| core.state.webhooks.take(number))
            .collect();
        (given, ahead)
    });
    for delivery in ahead {
        sender::attempt(&app, delivery).await;
    }
    app.wake();
    given
}

/// An answer that tells the caller to try again is not kept: the same key then works anew.
fn result_is_kept(given: &Given) -> bool {
    given
        .code
        .and_then(Refusal::of)
        .is_none_or(|refusal| !refusal.is_transient())
}

async fn finish(app: &App, seen: Seen, given: Given, after: Option<After>) -> Response {
    log(app, seen, Some(&given));
    match after {
        None => given.response(),
        Some(After::Timeout { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            hang_up(Hangup::Close)
        }
        Some(After::Reset) => hang_up(Hangup::Reset),
        Some(After::Error { code }) => Given::refusal(coded(code.as_deref())).response(),
        Some(After::Malformed) => given.malformed(),
    }
}

fn log(app: &App, mut seen: Seen, given: Option<&Given>) {
    seen.status = given.map(|given| given.status);
    seen.code = given.and_then(|given| given.code).map(str::to_owned);
    tracing::info!(
        endpoint = seen.endpoint,
        order_id = seen.order_id,
        status = seen.status,
        code = seen.code,
        fault = seen.fault,
        replayed = seen.replayed,
        "request"
    );
    app.with(|core| {
        seen.at = core.now();
        core.log.push(seen);
    });
}
