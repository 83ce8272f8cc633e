//! Requests as they arrive and answers as they leave.

use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::errors::{INCORRECT_BASIC_AUTH_FORMAT, INVALID_REQUEST, Refusal, UNAUTHORIZED_KEY};
use crate::gate::Given;
use crate::incoming::{Credentials, Incoming};

/// What a flow needs of a request.
pub(super) struct Call {
    pub key: String,
    pub body: Value,
    uri: Uri,
}

/// Reads the body; an empty one counts as an empty object.
pub(super) fn call(incoming: Incoming) -> Result<Call, Refusal> {
    let bytes = incoming.body.ok_or(INVALID_REQUEST)?;
    let body = if bytes.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(&bytes).map_err(|_| INVALID_REQUEST)?
    };
    Ok(Call {
        key: incoming.key,
        body,
        uri: incoming.uri,
    })
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

/// The user name of basic authentication must be the secret key, the password empty.
pub(super) fn authorize(headers: &HeaderMap, secret_key: &str) -> Result<(), Refusal> {
    match Credentials::of(headers) {
        Credentials::Basic(user, password) if user == secret_key.as_bytes() && password.is_empty() => Ok(()),
        Credentials::Unreadable => Err(INCORRECT_BASIC_AUTH_FORMAT),
        _ => Err(UNAUTHORIZED_KEY),
    }
}

pub(super) fn given(result: Result<Value, Refusal>) -> Given {
    match result {
        Ok(Value::Null) => Given::new(200, String::new()),
        Ok(value) => Given::new(200, value.to_string()),
        Err(refusal) => refused(refusal),
    }
}

/// A refusal; one that tells the caller to try again is not kept, so that the same key then works anew.
pub(super) fn refused(refusal: Refusal) -> Given {
    Given {
        code: Some(refusal.code.to_owned()),
        kept: !refusal.is_transient(),
        ..Given::new(refusal.status, refusal.body().to_string())
    }
}

pub(super) fn respond(given: Given) -> Response {
    let trace = HeaderValue::from_str(&Uuid::now_v7().simple().to_string());
    let mut response = given.response();
    if let Ok(trace) = trace {
        response.headers_mut().insert("x-tosspayments-trace-id", trace);
    }
    response
}
