//! One request to a PG and what its answer is, before anything is made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tower::Service;

use super::Provider;
use super::errors::Meaning;
use crate::resilience::Trouble;

/// Longest it may take to connect; no connection means nothing was asked.
const CONNECT: Duration = Duration::from_secs(3);

/// A request. Paths hold keys of the PG, so none is ever logged.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    pub body: Body,
    pub idempotency_key: Option<String>,
    pub reached: Reached,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Empty,
    Json(Arc<Value>),
    Form(Arc<Vec<(String, String)>>),
}

/// Whether a try of a call may have reached the PG without a readable answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached(Arc<AtomicBool>);

impl Reached {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What the PG decided.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Done(Value),
    Refused { meaning: Meaning, code: String },
}

/// A PG over HTTP, one try a call.
#[derive(Debug, Clone)]
pub(super) struct Http {
    provider: Provider,
    client: reqwest::Client,
    base: Arc<str>,
}

impl Http {
    /// A PG at `base` that knows the shop by `authorization`.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub(super) fn new(
        provider: Provider,
        base: &str,
        authorization: &str,
        mut headers: HeaderMap,
        time_limit: Duration,
    ) -> Result<Self, String> {
        xlcfi_service::choose_tls();
        let mut authorization = HeaderValue::try_from(authorization).map_err(|error| error.to_string())?;
        authorization.set_sensitive(true);
        headers.insert(AUTHORIZATION, authorization);
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT.min(time_limit.mul_f32(0.8)))
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            provider,
            client,
            base: base.trim_end_matches('/').into(),
        })
    }

    async fn send(&self, call: &Call) -> Result<Answer, Trouble> {
        let mut request = self
            .client
            .request(call.method.clone(), format!("{}{}", self.base, call.path));
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        request = match &call.body {
            Body::Empty => request,
            Body::Json(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            Body::Form(fields) => request.form(fields.as_slice()),
        };
        let response = request.send().await.map_err(broken)?;
        let status = response.status();
        let body = response.bytes().await.map_err(broken)?;
        if status.is_success() {
            return match body.is_empty() {
                true => Ok(Answer::Done(Value::Null)),
                false => serde_json::from_slice(&body).map(Answer::Done).map_err(malformed),
            };
        }
        // Stripe gives what it answered to a key again for a day, faults of its own among it.
        let kept = self.provider == Provider::Stripe && call.idempotency_key.is_some();
        refused(self.provider, status.as_u16(), &body, kept)
    }
}

impl Service<Call> for Http {
    type Response = Answer;
    type Error = Trouble;
    type Future = BoxFuture<'static, Result<Answer, Trouble>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let http = self.clone();
        Box::pin(async move {
            // A try that is given up in the middle leaves it at true.
            let before = call.reached.0.swap(true, Ordering::AcqRel);
            let result = http.send(&call).await;
            let untouched = match &result {
                Err(Trouble::NoConnection(_) | Trouble::NotUs { .. }) => true,
                Err(Trouble::Busy { status, .. }) => *status == 429,
                _ => false,
            };
            if untouched {
                call.reached.0.store(before, Ordering::Release);
            }
            result
        })
    }
}

fn refused(provider: Provider, status: u16, body: &[u8], kept: bool) -> Result<Answer, Trouble> {
    let code = match provider {
        Provider::Toss => toss_code(body),
        Provider::Stripe => stripe_code(body),
    };
    if status >= 500 || status == 429 {
        let code = code.unwrap_or_default();
        return Err(match status {
            429 => Trouble::Busy { status, code },
            _ => Trouble::ServerError { status, code, kept },
        });
    }
    // What has no code of the PG was not said by the PG.
    let code = code.map_err(malformed)?;
    match Meaning::of(provider, status, &code) {
        Meaning::Again => Err(Trouble::Busy { status, code }),
        Meaning::NotUs => Err(Trouble::NotUs { status, code }),
        meaning => Ok(Answer::Refused { meaning, code }),
    }
}

fn toss_code(body: &[u8]) -> Result<String, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        code: String,
    }
    serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.code)
}

/// The most exact word Stripe has for it.
fn stripe_code(body: &[u8]) -> Result<String, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: Detail,
    }
    #[derive(serde::Deserialize)]
    struct Detail {
        r#type: String,
        code: Option<String>,
        decline_code: Option<String>,
    }
    let Refusal { error } = serde_json::from_slice(body)?;
    Ok(error.decline_code.or(error.code).unwrap_or(error.r#type))
}

fn broken(error: reqwest::Error) -> Trouble {
    let connecting = error.is_connect();
    // The URL holds keys.
    let text = causes(&error.without_url());
    if connecting {
        Trouble::NoConnection(text)
    } else {
        Trouble::Broken(text)
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Only where the text breaks off: it may hold what nobody is to read.
fn malformed(error: serde_json::Error) -> Trouble {
    Trouble::Malformed(format!("line {} column {}", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_stripe_says_the_most_exact_code_counts() {
        let code = |body: &str| stripe_code(body.as_bytes()).ok();
        let declined = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"lost_card"}}"#;
        assert_eq!(code(declined).as_deref(), Some("lost_card"));
        let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#;
        assert_eq!(code(missing).as_deref(), Some("resource_missing"));
        assert_eq!(
            code(r#"{"error":{"type":"api_error"}}"#).as_deref(),
            Some("api_error")
        );
        assert_eq!(code("<html>"), None);
    }

    #[test]
    fn a_fault_of_stripe_is_given_again_for_its_key_and_one_of_toss_is_not() {
        for (provider, kept, again) in [(Provider::Stripe, true, false), (Provider::Toss, false, true)] {
            let trouble = refused(provider, 500, b"", kept).expect_err("a fault");
            assert_eq!(trouble.is_worth_another_try(), again);
        }
    }
}
