//! Requests as they arrive and answers as they leave.

use axum::RequestExt;
use axum::body::Body;
use axum::extract::{FromRequest, Path, Query, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::errors::{INCORRECT_BASIC_AUTH_FORMAT, INVALID_REQUEST, Refusal, UNAUTHORIZED_KEY};
use crate::request_log::Seen;
use crate::server::Hangup;

/// A request, read whole.
pub(super) struct Incoming {
    pub method: String,
    pub uri: Uri,
    pub headers: HeaderMap,
    /// The one path parameter, or nothing.
    key: String,
    body: Bytes,
}

/// What a flow needs of a request.
pub(super) struct Call {
    pub key: String,
    pub body: Value,
    uri: Uri,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Response;

    async fn from_request(mut request: Request, _: &S) -> Result<Incoming, Response> {
        let key = request
            .extract_parts::<Path<String>>()
            .await
            .map(|Path(key)| key)
            .unwrap_or_default();
        let (method, uri) = (request.method().to_string(), request.uri().clone());
        let headers = request.headers().clone();
        let body = request
            .extract::<Bytes, _>()
            .await
            .map_err(|_| Given::refusal(INVALID_REQUEST).response())?;
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
    pub(super) fn seen(&self, endpoint: &'static str) -> Seen {
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

    /// An empty body counts as an empty object.
    pub(super) fn call(self) -> Result<Call, Refusal> {
        let body = if self.body.is_empty() {
            Value::Object(serde_json::Map::new())
        } else {
            serde_json::from_slice(&self.body).map_err(|_| INVALID_REQUEST)?
        };
        Ok(Call {
            key: self.key,
            body,
            uri: self.uri,
        })
    }
}

impl Call {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.body).map_err(|_| INVALID_REQUEST)
    }

    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        Query::try_from_uri(&self.uri)
            .map(|Query(query)| query)
            .map_err(|_| INVALID_REQUEST)
    }
}

/// A header's text; empty counts as absent.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
}

/// The user name of basic authentication must be the secret key, the password empty.
pub(super) fn authorize(headers: &HeaderMap, secret_key: &str) -> Result<(), Refusal> {
    let value = header(headers, header::AUTHORIZATION.as_str()).ok_or(UNAUTHORIZED_KEY)?;
    let encoded = value.strip_prefix("Basic ").ok_or(UNAUTHORIZED_KEY)?;
    let decoded = STANDARD
        .decode(encoded.trim())
        .map_err(|_| INCORRECT_BASIC_AUTH_FORMAT)?;
    let (user, password) = match decoded.iter().position(|byte| *byte == b':') {
        Some(colon) => (&decoded[..colon], &decoded[colon + 1..]),
        None => return Err(INCORRECT_BASIC_AUTH_FORMAT),
    };
    if user == secret_key.as_bytes() && password.is_empty() {
        Ok(())
    } else {
        Err(UNAUTHORIZED_KEY)
    }
}

/// An answer before it leaves.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub status: u16,
    pub body: String,
    pub code: Option<&'static str>,
}

impl From<Result<Value, Refusal>> for Given {
    fn from(result: Result<Value, Refusal>) -> Given {
        match result {
            Ok(Value::Null) => Given {
                status: 200,
                body: String::new(),
                code: None,
            },
            Ok(value) => Given {
                status: 200,
                body: value.to_string(),
                code: None,
            },
            Err(refusal) => Given::refusal(refusal),
        }
    }
}

impl Given {
    pub(super) fn refusal(refusal: Refusal) -> Given {
        Given {
            status: refusal.status,
            body: refusal.body().to_string(),
            code: Some(refusal.code),
        }
    }

    pub(super) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let trace = HeaderValue::from_str(&Uuid::now_v7().simple().to_string());
        let mut response = (status, Body::from(self.body)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(trace) = trace {
            response.headers_mut().insert("x-tosspayments-trace-id", trace);
        }
        response
    }

    /// 200 with the first half of the body: JSON that breaks off.
    pub(super) fn malformed(self) -> Response {
        let half = self.body.chars().take(self.body.chars().count() / 2).collect();
        Given {
            status: 200,
            body: half,
            code: None,
        }
        .response()
    }
}

/// No answer at all: the server ends the connection.
pub(super) fn hang_up(hangup: Hangup) -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(hangup);
    response
}
