use std::time::Duration;

use http::StatusCode;
use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Invalid};
use xlcfi_identity::Refused;
/// Largest request message the edge takes, in bytes: what a service takes.
pub use xlcfi_service::MESSAGE_LIMIT;
use xlcfi_transcode::{Place, Refusal};

/// What the edge itself refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("there is no such method")]
    MethodUnknown,
    #[error("there is nothing at this path")]
    PathUnknown,
    #[error("the path has an escape that cannot be decoded")]
    PathMalformed,
    #[error("this path takes {0}")]
    HttpMethodNotAllowed(String),
    #[error("native gRPC needs HTTP/2; over HTTP/1.1 use gRPC-web or REST")]
    Http2Needed,
    #[error("the body must be application/json in UTF-8, not compressed")]
    ContentTypeUnsupported,
    #[error("a request may have {MESSAGE_LIMIT} bytes")]
    RequestTooLarge,
    #[error("a body may have {0} bytes here")]
    BodyTooLarge(usize),
    #[error("the request did not arrive in time")]
    RequestTooSlow,
    #[error("the request does not fit its method: {0}")]
    RequestMalformed(Refusal),
    #[error("the body is no sequence of gRPC messages: {0}")]
    FramesMalformed(&'static str),
    #[error(
        "a Connect call is application/json or application/proto, or for a stream application/connect+json or \
         application/connect+proto"
    )]
    ConnectTypeUnsupported,
    #[error("the Connect request is malformed: {0}")]
    ConnectMalformed(&'static str),
    #[error("Connect is not spoken here with {0}")]
    ConnectUnsupported(&'static str),
    #[error("the Idempotency-Key header {0}")]
    IdempotencyKeyInvalid(&'static str),
    #[error("too many requests; {0:?} from now there is room again")]
    RateLimited(Duration),
    #[error("the service is not available just now")]
    UpstreamUnavailable(Duration),
    #[error("access tokens cannot be verified just now")]
    KeysUnavailable,
    #[error("the call took longer than it may")]
    DeadlineExceeded,
    #[error("internal error")]
    AnswerBroken,
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Explain for Error {
    const DOMAIN: &'static str = "edge.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::MethodUnknown => Explanation::new(Code::Unimplemented, "METHOD_UNKNOWN"),
            Self::PathUnknown => Explanation::new(Code::NotFound, "PATH_UNKNOWN"),
            Self::PathMalformed => Explanation::new(Code::InvalidArgument, "PATH_MALFORMED"),
            Self::HttpMethodNotAllowed(_) => Explanation::new(Code::Unimplemented, "HTTP_METHOD_NOT_ALLOWED"),
            Self::Http2Needed => Explanation::new(Code::Unimplemented, "HTTP2_NEEDED"),
            Self::ContentTypeUnsupported => {
                Explanation::new(Code::InvalidArgument, "CONTENT_TYPE_UNSUPPORTED")
            }
            Self::RequestTooLarge => Explanation::new(Code::ResourceExhausted, "REQUEST_TOO_LARGE")
                .with("limit_bytes", MESSAGE_LIMIT),
            Self::BodyTooLarge(limit) => {
                Explanation::new(Code::ResourceExhausted, "REQUEST_TOO_LARGE").with("limit_bytes", limit)
            }
            Self::RequestTooSlow => Explanation::new(Code::DeadlineExceeded, "REQUEST_TOO_SLOW"),
            Self::RequestMalformed(refusal) => {
                Explanation::new(Code::InvalidArgument, "REQUEST_MALFORMED").invalid(violations(refusal))
            }
            Self::FramesMalformed(_) => Explanation::new(Code::InvalidArgument, "FRAMES_MALFORMED"),
            Self::ConnectTypeUnsupported => {
                Explanation::new(Code::InvalidArgument, "CONNECT_TYPE_UNSUPPORTED")
            }
            Self::ConnectMalformed(_) => Explanation::new(Code::InvalidArgument, "CONNECT_MALFORMED"),
            Self::ConnectUnsupported(_) => Explanation::new(Code::Unimplemented, "CONNECT_UNSUPPORTED"),
            Self::IdempotencyKeyInvalid(problem) => {
                Explanation::new(Code::InvalidArgument, "IDEMPOTENCY_KEY_INVALID")
                    .invalid(Invalid::field("Idempotency-Key", *problem))
            }
            Self::RateLimited(wait) => {
                Explanation::new(Code::ResourceExhausted, "RATE_LIMITED").retry_after(*wait)
            }
            Self::UpstreamUnavailable(wait) => {
                Explanation::new(Code::Unavailable, "UPSTREAM_UNAVAILABLE").retry_after(*wait)
            }
            Self::KeysUnavailable => {
                Explanation::new(Code::Unavailable, "KEYS_UNAVAILABLE").retry_after(Duration::from_secs(1))
            }
            Self::DeadlineExceeded => Explanation::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            Self::AnswerBroken => Explanation::new(Code::Internal, "ANSWER_BROKEN"),
            Self::Refused(refused) => refused.explain(),
        }
    }
}

impl Error {
    /// Where HTTP has a better word than the one for the gRPC code.
    pub fn http(&self) -> Option<StatusCode> {
        match self {
            Self::HttpMethodNotAllowed(_) => Some(StatusCode::METHOD_NOT_ALLOWED),
            Self::ContentTypeUnsupported | Self::ConnectTypeUnsupported => {
                Some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            Self::RequestTooLarge | Self::BodyTooLarge(_) => Some(StatusCode::PAYLOAD_TOO_LARGE),
            Self::RequestTooSlow => Some(StatusCode::REQUEST_TIMEOUT),
            _ => None,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused.into_status(),
            error => error.into_status(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::RequestMalformed(refusal)
    }
}

/// Each violation under the name its client knows: the JSON pointer in the
/// body, else the name in path or query.
fn violations(refusal: &Refusal) -> Invalid {
    let mut invalid = Invalid::default();
    for violation in &refusal.violations {
        let field = match (violation.place, violation.field.as_str()) {
            (Place::Body, "") => "body",
            (_, field) => field,
        };
        invalid.add(field, violation.message.as_str());
    }
    invalid
}
