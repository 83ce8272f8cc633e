//! Requests as Stripe reads them and answers as it gives them.

use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde_json::Value;
use url::form_urlencoded;

use super::Endpoint;
use super::errors::Refusal;
use super::form;
use super::params::Params;
use crate::gate::Given;
use crate::incoming::{Credentials, Incoming, header};

pub(super) const API_VERSION: &str = "2025-08-27.basil";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a flow needs of a request.
pub(super) struct Call {
    pub key: String,
    pub path: String,
    pub params: Params,
    /// The buyer's browser, which has no secret key and proves itself by the object's client secret.
    pub by_buyer: bool,
}

impl Call {
    /// Refuses a buyer who does not know the object's client secret.
    pub(super) fn check_secret(&self, client_secret: &str) -> Result<(), Refusal> {
        match self.params.text("client_secret")? {
            Some(given) if given != client_secret => Err(Refusal::invalid(
                "client_secret",
                "The client_secret does not belong to this object.",
            )),
            None if self.by_buyer => Err(Refusal::unauthorized("A client_secret is needed without a key.")),
            _ => Ok(()),
        }
    }
}

/// Reads the form, the query, or in a sandbox-only call JSON too.
pub(super) fn call(endpoint: Endpoint, incoming: &Incoming) -> Result<Call, Refusal> {
    let unreadable = || Refusal::unreadable("The parameters cannot be read.");
    let body = incoming
        .body
        .as_ref()
        .ok_or_else(|| Refusal::unreadable("The body is larger than 1 MiB."))?;
    let content_type = header(&incoming.headers, "content-type").unwrap_or(FORM);
    let params = if incoming.method == "GET" {
        form::parse(incoming.uri.query().unwrap_or_default().as_bytes()).ok_or_else(unreadable)?
    } else if body.is_empty() || content_type.starts_with(FORM) {
        form::parse(body).ok_or_else(unreadable)?
    } else if endpoint.is_sandbox_only() {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => map,
            _ => return Err(unreadable()),
        }
    } else {
        return Err(Refusal::unreadable("The body must be form-encoded."));
    };
    Ok(Call {
        key: incoming.key.clone(),
        path: incoming.uri.path().to_owned(),
        params: Params(params),
        by_buyer: false,
    })
}

/// Path and parameters in one text, whatever their order: what an idempotency key stands for.
pub(super) fn contents(incoming: &Incoming) -> String {
    let body = incoming.body.as_deref().unwrap_or_default();
    let mut pairs: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
    pairs.sort_unstable();
    format!("{} {pairs:?}", incoming.uri.path())
}

/// Whether the request comes from the buyer. The shop's key stands alone or as the user of basic authentication; a call
/// open to the buyer takes a client secret instead, with a publishable key or without any.
pub(super) fn authorize(headers: &HeaderMap, secret_key: &str, buyer_may: bool) -> Result<bool, Refusal> {
    let key = match Credentials::of(headers) {
        Credentials::Bearer(key) => Some(key),
        Credentials::Basic(user, _) => String::from_utf8(user).ok(),
        Credentials::Unreadable | Credentials::None => None,
    };
    match key {
        Some(key) if key == secret_key => Ok(false),
        Some(key) if key.starts_with("pk_") && buyer_may => Ok(true),
        None if buyer_may => Ok(true),
        Some(_) => Err(Refusal::unauthorized("Invalid API Key provided.")),
        None => Err(Refusal::unauthorized("No API key provided.")),
    }
}

/// The version a request asks for, or the sandbox's own.
pub(super) fn version(headers: &HeaderMap) -> Result<String, Refusal> {
    let version = header(headers, "stripe-version").unwrap_or(API_VERSION);
    let (day, name) = version.split_once('.').unwrap_or((version, "x"));
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if named && crate::clock::parse_day(day).is_some() {
        Ok(version.to_owned())
    } else {
        Err(Refusal::unreadable("Invalid Stripe API version."))
    }
}

pub(super) fn given(result: Result<Value, Refusal>) -> Given {
    match result {
        Ok(value) => Given::new(200, value.to_string()),
        Err(refusal) => refusal.given(),
    }
}

/// What goes into every answer's headers.
#[derive(Clone)]
pub(super) struct Marks {
    pub request_id: String,
    pub version: String,
    pub idempotency_key: Option<String>,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            request_id: super::keys::id("req"),
            version: API_VERSION.to_owned(),
            idempotency_key: None,
        }
    }
}

impl Marks {
    pub(super) fn respond(&self, given: Given) -> Response {
        let replayed = given.replayed.then_some("true");
        let mut response = given.response();
        let marks = [
            ("request-id", Some(self.request_id.as_str())),
            ("stripe-version", Some(self.version.as_str())),
            ("idempotency-key", self.idempotency_key.as_deref()),
            ("idempotent-replayed", replayed),
        ];
        for (name, value) in marks {
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
