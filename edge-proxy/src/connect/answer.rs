//! Answers of the Connect protocol.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use futures::stream;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use serde::Serialize;
use serde_json::value::RawValue;
use tonic::body::Body;
use tonic::{Code, Status};
use xlcfi_transcode::{Api, Codec, MessageId};

use super::Format;
use crate::edge::Parts;
use crate::frames::{HEAD, Messages, Next};
use crate::rest::{Refusal, dress};
use crate::routes::Method;
use crate::{Error, status};

/// Flag of the envelope that ends a stream.
const END: u8 = 2;

/// The answer that is one message.
///
/// # Errors
/// The message is none.
pub fn unary(
    edge: &Parts,
    format: Format,
    method: &Method,
    message: &Bytes,
) -> Result<Response<Body>, Error> {
    let codec = edge.api.codec();
    let output = codec.message(&method.output).ok_or(Error::AnswerBroken)?;
    let body = written(codec, format, output, message)?;
    let content_type = match format {
        Format::Json => "application/json",
        Format::Proto => "application/proto",
    };
    Ok(whole(StatusCode::OK, content_type, body))
}

/// The refusal of a call that has one answer.
pub fn failed(codec: &Codec, refusal: Refusal) -> Response<Body> {
    let Refusal { status, http, extra } = refusal;
    let mut response = whole(http, "application/json", error(codec, &status).into());
    dress(response.headers_mut(), http, &status, extra);
    response
}

/// Messages in envelopes, as they come, and the end.
pub fn stream(api: Arc<Api>, format: Format, output: MessageId, messages: Messages) -> Response<Body> {
    let begun = Some((api, messages));
    let chunks = stream::unfold(begun, move |state| async move {
        let (api, mut messages) = state?;
        let next = messages
            .next()
            .await
            .unwrap_or_else(|error| Next::End(error.into()));
        let codec = api.codec();
        let end = match next {
            Next::Message(message) => match written(codec, format, output, &message) {
                Ok(message) => return Some((frame(0, &message), Some((api, messages)))),
                Err(error) => error.into(),
            },
            Next::End(end) => end,
        };
        Some((frame(END, &last(codec, &end)), None))
    });
    let mut response = Response::new(Body::new(StreamBody::new(chunks)));
    dress_stream(&mut response, format);
    response
}

/// A stream that fails before its first message.
pub fn failed_stream(codec: &Codec, format: Format, status: &Status) -> Response<Body> {
    let chunk = frame(END, &last(codec, status));
    let mut response = Response::new(Body::new(StreamBody::new(stream::iter([chunk]))));
    dress_stream(&mut response, format);
    response
}

fn dress_stream(response: &mut Response<Body>, format: Format) {
    let content_type = match format {
        Format::Json => "application/connect+json",
        Format::Proto => "application/connect+proto",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
}

fn whole(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Body> {
    let length = body.len();
    let mut response = Response::new(Body::new(Full::new(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn written(codec: &Codec, format: Format, output: MessageId, message: &Bytes) -> Result<Bytes, Error> {
    if format == Format::Proto {
        return Ok(message.clone());
    }
    let mut json = Vec::with_capacity(message.len() * 2);
    codec.wire_to_json(output, message, &mut json).map_err(|error| {
        tracing::error!(error = %error, "a service's answer does not fit its contract");
        Error::AnswerBroken
    })?;
    Ok(json.into())
}

fn frame(flags: u8, message: &[u8]) -> Result<Frame<Bytes>, Status> {
    let mut envelope = Vec::with_capacity(HEAD + message.len());
    envelope.push(flags);
    let length = u32::try_from(message.len()).map_err(|_| Status::from(Error::AnswerBroken))?;
    envelope.extend_from_slice(&length.to_be_bytes());
    envelope.extend_from_slice(message);
    Ok(Frame::data(envelope.into()))
}

/// What the last envelope says.
fn last(codec: &Codec, end: &Status) -> Vec<u8> {
    if end.code() == Code::Ok {
        return b"{}".to_vec();
    }
    [b"{\"error\":", &error(codec, end)[..], b"}"].concat()
}

#[derive(Serialize)]
struct ConnectError<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

#[derive(Serialize)]
struct Detail {
    r#type: String,
    value: String,
    /// The same for people; clients read `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<Box<RawValue>>,
}

fn error(codec: &Codec, status: &Status) -> Vec<u8> {
    let details = status::whole(status).details.into_iter().map(|detail| {
        let name = detail.type_url.rsplit('/').next().unwrap_or_default().to_owned();
        let mut json = Vec::new();
        let printed = codec
            .message(&name)
            .is_some_and(|id| codec.wire_to_json(id, &detail.value, &mut json).is_ok());
        Detail {
            debug: printed.then(|| serde_json::from_slice(&json).ok()).flatten(),
            value: STANDARD_NO_PAD.encode(&detail.value),
            r#type: name,
        }
    });
    let error = ConnectError {
        code: name(status.code()),
        message: status.message(),
        details: details.collect(),
    };
    serde_json::to_vec(&error).unwrap_or_else(|_| b"{\"code\":\"internal\"}".to_vec())
}

/// A code as Connect writes it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "canceled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}
