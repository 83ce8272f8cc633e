//! The way of every request, whoever it is for: faults, idempotency, the work itself, the answer or what a fault makes of it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::{App, Core};
use crate::faults::{After, Before, Faults, plan};
use crate::idempotency::{Answer, Begin, Claim};
use crate::request_log::Seen;
use crate::server::Hangup;
use crate::state::Change;
use crate::webhooks::sender;
use crate::{incoming, timers};

/// An answer before it leaves.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub status: u16,
    pub body: String,
    pub code: Option<String>,
    /// Whether it stays under the request's idempotency key.
    pub kept: bool,
    pub replayed: bool,
}

impl Given {
    pub(crate) fn new(status: u16, body: String) -> Given {
        Given {
            status,
            body,
            code: None,
            kept: true,
            replayed: false,
        }
    }

    pub(crate) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Body::from(self.body)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// 200 with the first half of the body: JSON that breaks off.
    fn malformed(self) -> Given {
        let half = self.body.chars().take(self.body.chars().count() / 2).collect();
        Given {
            status: 200,
            body: half,
            code: None,
            ..self
        }
    }
}

/// What can befall any request; each provider has its own words for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble<'a> {
    RateLimited,
    /// The twin of a request under way, by its idempotency key.
    InFlight,
    /// Not the request its idempotency key was used for.
    OtherRequest,
    /// A fault's error, by its documented code or the usual one.
    Error(Option<&'a str>),
}

/// How a provider answers.
pub(crate) trait Double: Clone + Send + Sync + 'static {
    /// Whether an error a fault puts in place of the true answer stays under the idempotency key, or the true answer does.
    const KEEPS_FALSE_ERRORS: bool;
    /// Asked so often that only what went wrong is logged.
    const IS_QUIET: bool = false;

    fn refuse(&self, trouble: Trouble<'_>) -> Given;
    fn respond(&self, given: Given) -> Response;
}

/// A request let through, with everything that is to happen to it.
pub(crate) struct Ticket {
    pub faults: Faults,
    /// Answered instead of working.
    pub forced: Option<Given>,
    pub claim: Option<Claim>,
}

/// What the work came to.
pub(crate) struct Done {
    pub given: Given,
    /// Numbers of the webhooks to be delivered before the answer.
    pub ahead: Vec<u64>,
}

/// The request's own faults, otherwise those of the first rule that strikes; none when the header makes no sense. `knows`
/// says which codes the provider documents.
pub(crate) fn faults(
    app: &App,
    headers: &HeaderMap,
    subject: &plan::Subject,
    knows: impl Fn(&str) -> bool,
) -> Option<Faults> {
    let Some(text) = incoming::header(headers, "x-sandbox-fault") else {
        return Some(app.with(|core| core.plan.decide(subject)).unwrap_or_default());
    };
    let faults: Faults = text.parse().ok()?;
    let known = faults.codes().all(knows);
    known.then_some(faults)
}

/// Answers one request by `work`, or by whatever befalls it on the way.
pub(crate) async fn pass<D, W>(app: App, double: D, ticket: Ticket, mut seen: Seen, work: W) -> Response
where
    D: Double,
    W: FnOnce(&mut Core, &Faults) -> Done + Send + 'static,
{
    match ticket.faults.before() {
        Some(Before::Timeout { milliseconds }) => {
            log::<D>(&app, seen, None);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            return hang_up(Hangup::Close);
        }
        Some(Before::Reset) => {
            log::<D>(&app, seen, None);
            return hang_up(Hangup::Reset);
        }
        Some(Before::RateLimit) => return answer(&app, &double, seen, Trouble::RateLimited),
        Some(Before::Error { .. }) | None => {}
    }
    let after = ticket.faults.after();
    let begun = match &ticket.claim {
        Some(claim) => app.with(|core| {
            let now = core.now();
            core.state.answers.begin(claim, now)
        }),
        None => Begin::Fresh,
    };
    let given = match begun {
        Begin::InFlight => return answer(&app, &double, seen, Trouble::InFlight),
        Begin::OtherRequest => return answer(&app, &double, seen, Trouble::OtherRequest),
        Begin::Replay(answer) => {
            seen.replayed = true;
            Given {
                replayed: true,
                ..Given::new(answer.status, answer.body)
            }
        }
        // A task of its own: a caller that hangs up does not stop the work.
        Begin::Fresh => {
            let claim = ticket.claim.clone();
            tokio::spawn(perform(app.clone(), double.clone(), ticket, work))
                .await
                .unwrap_or_else(|_| {
                    app.with(|core| claim.inspect(|claim| core.state.answers.release(&claim.scope)));
                    double.refuse(Trouble::Error(None))
                })
        }
    };
    log::<D>(&app, seen, Some(&given));
    match after {
        None => double.respond(given),
        Some(After::Timeout { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            hang_up(Hangup::Close)
        }
        Some(After::Reset) => hang_up(Hangup::Reset),
        // A provider that keeps false errors has put it in place already.
        Some(After::Error { .. }) if D::KEEPS_FALSE_ERRORS => double.respond(given),
        Some(After::Error { code }) => double.respond(double.refuse(Trouble::Error(code.as_deref()))),
        Some(After::Malformed) => double.respond(given.malformed()),
    }
}

/// Refuses a request that was not let through.
pub(crate) fn refuse<D: Double>(app: &App, double: &D, seen: Seen, given: Given) -> Response {
    log::<D>(app, seen, Some(&given));
    double.respond(given)
}

fn answer<D: Double>(app: &App, double: &D, seen: Seen, trouble: Trouble<'_>) -> Response {
    refuse(app, double, seen, double.refuse(trouble))
}

/// Does the work and keeps the answer, in one unit.
async fn perform<D, W>(app: App, double: D, ticket: Ticket, work: W) -> Given
where
    D: Double,
    W: FnOnce(&mut Core, &Faults) -> Done,
{
    let Ticket {
        faults,
        forced,
        claim,
    } = ticket;
    if let Some(milliseconds) = faults.slow() {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let forced = forced.or_else(|| match faults.before() {
        Some(Before::Error { code }) => Some(double.refuse(Trouble::Error(code.as_deref()))),
        _ => None,
    });
    let (given, ahead) = app.with(|core| {
        let now = core.now();
        timers::take_effect(core, now, app.base_url());
        let Done { mut given, ahead } = match forced {
            Some(given) => Done {
                given,
                ahead: Vec::new(),
            },
            None => work(core, &faults),
        };
        if D::KEEPS_FALSE_ERRORS
            && let Some(After::Error { code }) = faults.after()
        {
            given = double.refuse(Trouble::Error(code.as_deref()));
        }
        match claim {
            Some(claim) if given.kept => {
                let answer = Answer::new(claim, now, given.status, given.body.clone());
                core.record(Change::Answer(answer));
            }
            Some(claim) => core.state.answers.release(&claim.scope),
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

/// No answer at all: the server ends the connection.
fn hang_up(hangup: Hangup) -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(hangup);
    response
}

fn log<D: Double>(app: &App, mut seen: Seen, given: Option<&Given>) {
    seen.status = given.map(|given| given.status);
    seen.code = given.and_then(|given| given.code.clone());
    if D::IS_QUIET && seen.fault.is_none() && seen.code.is_none() {
        return;
    }
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
