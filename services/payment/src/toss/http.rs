//! One request to the PG and what its answer is, before anything is made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tower::Service;

use super::errors::Meaning;
use crate::config::SecretKey;
use crate::resilience::Trouble;

/// Longest it may take to connect; no connection means nothing was asked.
const CONNECT: Duration = Duration::from_secs(3);

/// A request. Paths hold keys of the PG, so none is ever logged.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    pub body: Option<Arc<Value>>,
    pub idempotency_key: Option<String>,
    pub reached: Reached,
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

/// The PG over HTTP, one try a call.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    base: Arc<str>,
}

impl Http {
    /// # Errors
    /// The client cannot be set up.
    pub(super) fn new(base: &str, key: &SecretKey, time_limit: Duration) -> Result<Self, String> {
        xlcfi_service::choose_tls();
        let credentials = STANDARD.encode(format!("{}:", key.expose()));
        let mut authorization =
            HeaderValue::try_from(format!("Basic {credentials}")).map_err(|error| error.to_string())?;
        authorization.set_sensitive(true);
        let client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT.min(time_limit.mul_f32(0.8)))
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
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
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.map_err(broken)?;
        let status = response.status();
        let body = response.bytes().await.map_err(broken)?;
        if status.is_success() {
            return match body.is_empty() {
                true => Ok(Answer::Done(Value::Null)),
                false => serde_json::from_slice(&body).map(Answer::Done).map_err(malformed),
            };
        }
        refused(status.as_u16(), &body)
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

fn refused(status: u16, body: &[u8]) -> Result<Answer, Trouble> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        code: String,
    }
    let code = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.code);
    if status >= 500 || status == 429 {
        let code = code.unwrap_or_default();
        return Err(match status {
            429 => Trouble::Busy { status, code },
            _ => Trouble::ServerError { status, code },
        });
    }
    // What has no code of the PG was not said by the PG.
    let code = code.map_err(malformed)?;
    match Meaning::of(status, &code) {
        Meaning::Again => Err(Trouble::Busy { status, code }),
        Meaning::NotUs => Err(Trouble::NotUs { status, code }),
        meaning => Ok(Answer::Refused { meaning, code }),
    }
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
