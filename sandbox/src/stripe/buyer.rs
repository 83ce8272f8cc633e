//! The buyer at the issuer's page: sandbox only, for what waits with `requires_action`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::intent::Status;
use super::objects::SetupStatus;
use super::payments::Answer;
use super::{charging, methods, setups, view};
use crate::app::App;
use crate::control::escape;

/// `result` is `succeed` or `fail`. After a success the issuer may still decline; the answer shows it.
pub(super) fn authenticate(desk: &mut Desk<'_>, call: &Call) -> Answer {
    call.params.only(&["result"])?;
    call.params.needed("result")?;
    let succeeds = call.params.choice("result", &["succeed", "fail"])? == Some("succeed");
    if let Some(setup) = desk.book().setups.get(&call.key).cloned() {
        let method = methods::waiting(desk, setup.payment_method.as_deref())
            .filter(|_| setup.status == SetupStatus::RequiresAction)
            .ok_or_else(nothing_waits)?;
        return Ok(if succeeds {
            setups::succeed(desk, setup, method)
        } else {
            setups::fail_authentication(desk, setup, &method)
        });
    }
    let intent = desk.book().intents.get(&call.key).cloned();
    let intent = intent.ok_or_else(|| Refusal::missing("payment_intent", &call.key, "intent"))?;
    let method = methods::waiting(desk, intent.payment_method.as_deref())
        .filter(|_| intent.status == Status::RequiresAction)
        .ok_or_else(nothing_waits)?;
    if !succeeds {
        return Ok(charging::fail_authentication(desk, intent, &method));
    }
    // The page shows the intent either way; only the shop's own calls answer a decline with an error.
    let id = intent.id.clone();
    charging::charge(desk, intent, method, true).or_else(|refusal| {
        let after = desk.book().intents.get(&id);
        after
            .map(|intent| view::intent(intent, desk.base_url))
            .ok_or(refusal)
    })
}

fn nothing_waits() -> Refusal {
    Refusal::state(
        "payment_intent_unexpected_state",
        "Nothing waits for the buyer here.",
    )
}

/// The issuer's page: two buttons.
pub(super) async fn page(State(app): State<App>, Path(id): Path<String>) -> Response {
    let shown = app.with(|core| {
        let book = &core.state.stripe;
        let intent = book.intents.get(&id);
        let of_intent = intent.map(|intent| format!("{} {}", intent.amount, intent.currency));
        of_intent.or_else(|| book.setups.get(&id).map(|_| "a card to be stored".to_owned()))
    });
    let Some(what) = shown else {
        return (StatusCode::NOT_FOUND, Html("<p>No such payment.</p>")).into_response();
    };
    let button = |result: &str, label: &str| {
        format!("<form method=post><button name=result value={result}>{label}</button></form>")
    };
    Html(format!(
        "<!doctype html><meta charset=utf-8><title>Sandbox issuer</title><h1>Sandbox issuer</h1>\
         <p>No real money moves. Authenticate {}?</p>{}{}",
        escape(&what),
        button("succeed", "Yes, it is me"),
        button("fail", "No")
    ))
    .into_response()
}

/// Where the buyer goes after the page: back to the shop, if it said where.
pub(super) fn back_to_shop(app: &App, id: &str) -> Option<Redirect> {
    app.with(|core| {
        let book = &core.state.stripe;
        let (kind, url, secret, succeeded) = match (book.intents.get(id), book.setups.get(id)) {
            (Some(intent), _) => {
                let failed = intent.last_payment_error.is_some();
                (
                    "payment_intent",
                    intent.return_url.as_deref()?,
                    &intent.client_secret,
                    !failed,
                )
            }
            (None, Some(setup)) => {
                let succeeded = setup.status == SetupStatus::Succeeded;
                (
                    "setup_intent",
                    setup.return_url.as_deref()?,
                    &setup.client_secret,
                    succeeded,
                )
            }
            (None, None) => return None,
        };
        let mut url = url::Url::parse(url).ok()?;
        let status = if succeeded { "succeeded" } else { "failed" };
        url.query_pairs_mut()
            .append_pair(kind, id)
            .append_pair(&format!("{kind}_client_secret"), secret)
            .append_pair("redirect_status", status);
        Some(Redirect::to(url.as_str()))
    })
}
