//! Answers that are whole: one message, or an error.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use prost::Message as _;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tonic::body::Body;
use tonic::{Code, Status};
use xlcfi_transcode::{Codec, Content, Route};

use super::accept::Accept;
use super::{insert, with_status};
use crate::edge::Parts;
use crate::limits::whole_seconds;
use crate::routes::Method;
use crate::{Error, status};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request has no other answer.
#[derive(Debug)]
pub struct Refusal {
    pub status: Status,
    pub http: StatusCode,
    /// A header that goes with it.
    pub extra: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// Adds a header to the answer.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.extra = Some((name, value));
        self
    }

    pub fn code(&self) -> Code {
        self.status.code()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let http = error.http();
        let status = Status::from(error);
        Self {
            http: http.unwrap_or_else(|| status::http(status.code())),
            status,
            extra: None,
        }
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self {
            http: status::http(status.code()),
            status,
            extra: None,
        }
    }
}

/// The answer to a request that is refused, or fails.
pub fn refuse(codec: &Codec, accept: &Accept, refusal: Refusal) -> Response<Body> {
    let Refusal { status, http, extra } = refusal;
    let error = json(codec, &status);
    let (content_type, body) = match accept.problem {
        false => (JSON, error),
        true => (PROBLEM, problem(http, &status, &error).unwrap_or(error)),
    };
    let mut response = with_status(http, Body::new(Full::new(Bytes::from(body))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    dress(headers, http, &status, extra);
    response
}

/// Adds the headers in which HTTP says what a status says.
pub fn dress(
    headers: &mut HeaderMap,
    http: StatusCode,
    status: &Status,
    extra: Option<(HeaderName, HeaderValue)>,
) {
    if let Some(wait) = status::retry_after(status) {
        headers.insert(RETRY_AFTER, whole_seconds(wait));
    }
    if http == StatusCode::UNAUTHORIZED {
        let told = match xlcfi_errors::reason_of(status).as_deref() {
            Some("TOKEN_INVALID" | "TOKEN_EXPIRED") => "Bearer realm=\"xlcfi\", error=\"invalid_token\"",
            _ => "Bearer realm=\"xlcfi\"",
        };
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(told));
    }
    headers.extend(extra);
}

/// A status as JSON, `google.rpc.Status`.
pub fn json(codec: &Codec, status: &Status) -> Vec<u8> {
    let wire = status::whole(status).encode_to_vec();
    let mut json = Vec::new();
    let printed = codec
        .message("google.rpc.Status")
        .map(|id| codec.wire_to_json(id, &wire, &mut json));
    if !matches!(printed, Some(Ok(()))) {
        // The details of some service are no messages; the rest is told.
        json = serde_json::json!({"code": status.code() as i32, "message": status.message()})
            .to_string()
            .into();
    }
    json
}

/// RFC 9457, with the status itself as an extension.
fn problem(http: StatusCode, status: &Status, error: &[u8]) -> Option<Vec<u8>> {
    #[derive(serde::Serialize)]
    struct Problem<'a> {
        r#type: &'static str,
        title: &'a str,
        status: u16,
        detail: &'a str,
        error: &'a RawValue,
    }
    let problem = Problem {
        r#type: "about:blank",
        title: http.canonical_reason().unwrap_or("Client Closed Request"),
        status: http.as_u16(),
        detail: status.message(),
        error: serde_json::from_slice(error).ok()?,
    };
    serde_json::to_vec(&problem).ok()
}

/// The answer to OPTIONS that is no preflight.
pub fn options(allow: &HeaderValue) -> Response<Body> {
    let mut response = with_status(StatusCode::NO_CONTENT, Body::empty());
    response.headers_mut().insert(ALLOW, allow.clone());
    response
}

/// The answer that is one message.
///
/// # Errors
/// The message is none.
pub fn unary(
    edge: &Parts,
    route: &Route,
    method: &Method,
    request: &HeaderMap,
    message: &[u8],
    personal: bool,
) -> Result<Response<Body>, Refusal> {
    let mut body = Vec::with_capacity(message.len() * 2);
    let content = edge.api.response(route, message, &mut body).map_err(|error| {
        tracing::error!(error = %error, "a service's answer does not fit its contract");
        Error::AnswerBroken
    })?;
    let mut headers = HeaderMap::new();
    match content {
        Content::Json => {
            headers.insert(CONTENT_TYPE, JSON);
        }
        Content::Raw { content_type } if content_type.is_empty() => {}
        Content::Raw { content_type } => insert(&mut headers, CONTENT_TYPE, content_type),
    }
    let mut status = StatusCode::OK;
    if method.policy.cacheable {
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..15]));
        if matches(request, &tag) {
            status = StatusCode::NOT_MODIFIED;
            headers.remove(CONTENT_TYPE);
            body.clear();
        }
        insert(&mut headers, ETAG, tag);
        let scope = match personal {
            _ if method.policy.immutable => "public, max-age=31536000, immutable",
            true => "private, no-cache",
            false => "no-cache",
        };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(scope));
    } else {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if status == StatusCode::OK {
        headers.insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    let mut response = with_status(status, Body::new(Full::new(Bytes::from(body))));
    *response.headers_mut() = headers;
    Ok(response)
}

/// Whether the client has this edition already.
fn matches(request: &HeaderMap, tag: &str) -> bool {
    let values = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
