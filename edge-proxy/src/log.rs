//! One visit: what is known of a request while it is answered, told in one line at the end.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{debug, info};
use uuid::Uuid;

use crate::limits::Quota;
use crate::routes;

/// Which of the edge's languages a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Rest,
    Grpc,
    GrpcWeb,
    Connect,
    /// Health, metrics, documentation, preflights: not worth a line.
    Page,
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
            Self::Connect => "connect",
            Self::Page => "page",
        }
    }
}

/// One request and its answer.
#[derive(Debug)]
pub struct Visit {
    /// The client's id of the request, or ours.
    pub id: HeaderValue,
    /// Where it comes from.
    pub client: IpAddr,
    begun: Instant,
    http_method: Method,
    protocol: OnceLock<Protocol>,
    route: OnceLock<String>,
    user: OnceLock<String>,
    quota: OnceLock<Quota>,
    end: OnceLock<Code>,
}

impl Visit {
    pub fn begin<B>(request: &Request<B>, client: IpAddr) -> Arc<Self> {
        Arc::new(Self {
            id: request_id(request.headers()),
            client,
            begun: Instant::now(),
            http_method: request.method().clone(),
            protocol: OnceLock::new(),
            route: OnceLock::new(),
            user: OnceLock::new(),
            quota: OnceLock::new(),
            end: OnceLock::new(),
        })
    }

    /// The first answer to each question counts.
    pub fn speaks(&self, protocol: Protocol) {
        let _ = self.protocol.set(protocol);
    }

    pub fn goes_to(&self, method: &routes::Method) {
        let _ = self.route.set(method.path.clone());
    }

    pub fn is_by(&self, user: impl ToString) {
        let _ = self.user.set(user.to_string());
    }

    pub fn counted(&self, quota: Quota) {
        let _ = self.quota.set(quota);
    }

    pub fn ended(&self, code: Code) {
        let _ = self.end.set(code);
    }

    /// Adds what every answer carries, and tells of the visit when its body ends.
    pub fn finish(self: Arc<Self>, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        let micros = self.begun.elapsed().as_micros();
        let time = format!("{}.{:01}ms", micros / 1_000, micros % 1_000 / 100);
        headers.insert("x-response-time", HeaderValue::try_from(time).expect("digits"));
        headers.insert("x-request-id", self.id.clone());
        if let Some(quota) = self.quota.get() {
            quota.dress(headers);
        }
        let status = response.status();
        response.map(|body| {
            Body::new(Told {
                body,
                visit: self,
                status,
            })
        })
    }

    fn tell(&self, status: StatusCode) {
        let protocol = self.protocol.get().copied().unwrap_or(Protocol::Rest);
        let time = self.begun.elapsed();
        let route = self.route.get().map_or("none", String::as_str);
        let code = self.end.get().map_or("none", |code| name(*code));
        if protocol == Protocol::Page {
            debug!(http.method = %self.http_method, http.status = status.as_u16(), "page");
            return;
        }
        let labels = [
            ("protocol", protocol.name().to_owned()),
            ("route", route.to_owned()),
            ("code", code.to_owned()),
        ];
        metrics::histogram!("edge.request.duration.seconds", &labels).record(time.as_secs_f64());
        info!(
            protocol = protocol.name(),
            http.method = %self.http_method,
            route,
            http.status = status.as_u16(),
            rpc.code = code,
            duration_ms = millis(time),
            user.id = self.user.get().map_or("", String::as_str),
            request.id = self.id.to_str().unwrap_or_default(),
            "request"
        );
    }
}

/// Milliseconds with one decimal.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// The client's own, when it is sane.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        (1..=128).contains(&id.len())
            && id
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
    };
    headers
        .get("x-request-id")
        .filter(sane)
        .cloned()
        .unwrap_or_else(|| {
            HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a UUID is a header value")
        })
}

/// A body that tells of the visit when it has ended or was given up.
struct Told {
    body: Body,
    visit: Arc<Visit>,
    status: StatusCode,
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(ready!(Pin::new(&mut self.body).poll_frame(cx)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.visit.tell(self.status);
    }
}

/// A code as the contracts write it.
pub fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
