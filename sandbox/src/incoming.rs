//! Requests as they arrive, whoever they are for.

use std::convert::Infallible;

use axum::RequestExt;
use axum::extract::{FromRequest, Path, Request};
use axum::http::{HeaderMap, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use time::OffsetDateTime;

use crate::request_log::Seen;

/// A request, read whole.
pub(crate) struct Incoming {
    pub method: String,
    pub uri: Uri,
    pub headers: HeaderMap,
    /// The one path parameter, or nothing.
    pub key: String,
    /// None when it is larger than the route takes, or broke off.
    pub body: Option<Bytes>,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Infallible;

    async fn from_request(mut request: Request, _: &S) -> Result<Incoming, Infallible> {
        let key = request
            .extract_parts::<Path<String>>()
            .await
            .map(|Path(key)| key)
            .unwrap_or_default();
        let (method, uri) = (request.method().to_string(), request.uri().clone());
        let headers = request.headers().clone();
        let body = request.extract::<Bytes, _>().await.ok();
        Ok(Incoming {
            method,
            uri,
            headers,
            key,
            body,
        })
    }
}

impl Incoming {
    pub(crate) fn seen(&self, endpoint: &'static str) -> Seen {
        Seen {
            at: OffsetDateTime::UNIX_EPOCH,
            method: self.method.clone(),
            path: self.uri.path().to_owned(),
            endpoint,
            order_id: None,
            idempotency_key: header(&self.headers, "idempotency-key").map(str::to_owned),
            fault: None,
            status: None,
            code: None,
            replayed: false,
        }
    }

    /// The idempotency key; only a POST has one.
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        if self.method == "POST" {
            header(&self.headers, "idempotency-key")
        } else {
            None
        }
    }
}

/// A header's text; empty counts as absent.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
}

/// How a request names its key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// User name and password of basic authentication.
    Basic(Vec<u8>, Vec<u8>),
    Bearer(String),
    /// Basic authentication that cannot be decoded, or has no colon.
    Unreadable,
    None,
}

impl Credentials {
    pub(crate) fn of(headers: &HeaderMap) -> Credentials {
        let Some(value) = header(headers, header::AUTHORIZATION.as_str()) else {
            return Credentials::None;
        };
        if let Some(token) = value.strip_prefix("Bearer ") {
            return Credentials::Bearer(token.trim().to_owned());
        }
        let Some(encoded) = value.strip_prefix("Basic ") else {
            return Credentials::None;
        };
        let decoded = STANDARD.decode(encoded.trim()).unwrap_or_default();
        match decoded.iter().position(|byte| *byte == b':') {
            Some(colon) => Credentials::Basic(decoded[..colon].to_vec(), decoded[colon + 1..].to_vec()),
            None => Credentials::Unreadable,
        }
    }
}
