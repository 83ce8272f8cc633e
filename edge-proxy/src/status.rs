//! The final status of a call, as headers or trailers carry it.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Peers differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const DETAILS: &str = "grpc-status-details-bin";

/// The status these headers or trailers end the call with, if they do.
pub fn read(headers: &HeaderMap) -> Option<Status> {
    let code = Code::from_bytes(headers.get("grpc-status")?.as_bytes());
    let message = headers
        .get("grpc-message")
        .map(|message| unescape(message.as_bytes()))
        .unwrap_or_default();
    let details = headers
        .get(DETAILS)
        .and_then(|details| BASE64.decode(details).ok())
        .unwrap_or_default();
    Some(Status::with_details(code, message, Bytes::from(details)))
}

/// Trailers that end a call with this status.
pub fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if status.add_header(&mut trailers).is_err() {
        // The message was no header value; the code always is one.
        trailers.insert("grpc-status", (status.code() as i32).into());
    }
    trailers
}

/// Takes out of the details what is for developers of the service only.
pub fn clean(headers: &mut HeaderMap) {
    let Some(details) = headers.get(DETAILS) else {
        return;
    };
    let Some(mut status) = BASE64.decode(details).ok().and_then(|details| rich(&details)) else {
        return;
    };
    let count = status.details.len();
    status
        .details
        .retain(|detail| !detail.type_url.ends_with("/google.rpc.DebugInfo"));
    if status.details.len() < count {
        let text = BASE64.encode(status.encode_to_vec());
        headers.insert(DETAILS, text.try_into().expect("base64 is a header value"));
    }
}

/// The `google.rpc.Status` that tells all of it, without what is for developers.
pub fn whole(status: &Status) -> tonic_types::Status {
    let mut whole = rich(status.details()).unwrap_or_default();
    whole.code = status.code() as i32;
    whole.message = status.message().to_owned();
    whole
        .details
        .retain(|detail| !detail.type_url.ends_with("/google.rpc.DebugInfo"));
    whole
}

/// When another try may help, if the status says so.
pub fn retry_after(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// The HTTP status of a gRPC code.
pub fn http(code: Code) -> StatusCode {
    let number = match code {
        Code::Ok => 200,
        Code::Cancelled => 499,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::DeadlineExceeded => 504,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::PermissionDenied => 403,
        Code::Unauthenticated => 401,
        Code::ResourceExhausted => 429,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
    };
    StatusCode::from_u16(number).expect("each is from 100 to 999")
}

fn rich(details: &[u8]) -> Option<tonic_types::Status> {
    if details.is_empty() {
        return None;
    }
    tonic_types::Status::decode(details).ok()
}

/// Undoes the percent-encoding of `grpc-message`; what is none stays as it is.
fn unescape(text: &[u8]) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.split_at_checked(2))
            .flatten()
            .and_then(|(digits, after)| {
                Some((u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?, after))
            });
        let (byte, after) = escaped.unwrap_or((first, after));
        plain.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use prost_types::Any;

    use super::*;

    #[test]
    fn a_status_is_read_back_as_it_was_written() {
        let status = Status::with_details(Code::NotFound, "없음 100 %", Bytes::from_static(b"\x08\x05"));
        let read = read(&trailers(&status)).expect("there is one");
        assert_eq!(
            (read.code(), read.message(), read.details()),
            (Code::NotFound, "없음 100 %", &b"\x08\x05"[..])
        );
    }

    #[test]
    fn a_spoiled_status_is_still_one() {
        let mut headers = HeaderMap::new();
        assert!(read(&headers).is_none());
        headers.insert("grpc-status", "5".parse().expect("a value"));
        headers.insert("grpc-message", "50% of %E".parse().expect("a value"));
        headers.insert(DETAILS, "!".parse().expect("a value"));
        let status = read(&headers).expect("there is one");
        assert_eq!(
            (status.code(), status.message(), status.details().len()),
            (Code::NotFound, "50% of %E", 0)
        );
    }

    #[test]
    fn debug_info_does_not_leave_the_house() {
        let detail = |name: &str| Any {
            type_url: format!("type.googleapis.com/google.rpc.{name}"),
            value: vec![],
        };
        let whole = tonic_types::Status {
            code: 13,
            message: String::new(),
            details: vec![detail("ErrorInfo"), detail("DebugInfo")],
        };
        let status = Status::with_details(Code::Internal, "", whole.encode_to_vec().into());
        let mut headers = trailers(&status);
        clean(&mut headers);
        let cleaned = rich(read(&headers).expect("there is one").details()).expect("it is one");
        assert_eq!(cleaned.details, [detail("ErrorInfo")]);
        assert_eq!(super::whole(&status).details, [detail("ErrorInfo")]);
    }
}
