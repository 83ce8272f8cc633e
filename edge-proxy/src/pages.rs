//! What the edge serves besides calls: health, metrics, the OpenAPI document
//! and the page to read and try it.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
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
    let path = request.uri().path();
    if let Some(asset) = xlcfi_openapi::page(path) {
        let cached = if asset.cache {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let mut response = page(
            request,
            StatusCode::OK,
            asset.content_type,
            Bytes::from_static(asset.bytes),
        );
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(xlcfi_openapi::CSP),
        );
        return Some(response);
    }
    let (status, content_type, bytes): (_, _, Bytes) = match path {
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
        "/openapi.json" => (StatusCode::OK, "application/json", edge.openapi.clone()),
        _ => return None,
    };
    Some(page(request, status, content_type, bytes))
}

fn page(
    request: &Request<Body>,
    status: StatusCode,
    content_type: &'static str,
    bytes: Bytes,
) -> Response<Body> {
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
    response
}
