//! What the edge serves besides calls: health and metrics.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tonic::body::Body;
use xlcfi_service::telemetry;

use crate::edge::Parts;

/// The page at a path, if there is one.
pub fn serve(edge: &Parts, request: &Request<Body>) -> Option<Response<Body>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let (status, content_type, bytes): (_, _, Bytes) = match request.uri().path() {
        "/healthz" => (StatusCode::OK, "text/plain", "ok\n".into()),
        "/readyz" if edge.ready() => (StatusCode::OK, "text/plain", "ready\n".into()),
        "/readyz" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            "not ready\n".into(),
        ),
        "/metrics" => (
            StatusCode::OK,
            "text/plain; version=0.0.4",
            telemetry::metrics_page().into(),
        ),
        _ => return None,
    };
    let length = bytes.len();
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        Body::new(Full::new(bytes))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(http::header::CONTENT_LENGTH, length.into());
    Some(response)
}
