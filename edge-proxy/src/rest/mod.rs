//! REST: the `google.api.http` bindings of the contracts, transcoded.

mod accept;
mod answer;
pub mod body;
mod idempotency;
mod stream;
mod upload;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method as HttpMethod, Request, Response, StatusCode};
use http_body_util::Full;
use tonic::body::Body;
use xlcfi_transcode::{Captures, Input, Match, Route};

use crate::edge::Parts;
use crate::frames::{self, Blame, HEAD, Messages, Next};
use crate::log::Visit;
use crate::routes::Method;
use crate::upstream::{Call, Patience};
use crate::{Error, headers};

use accept::Accept;
pub use answer::{Refusal, dress};

/// Answers a request by the binding of its method and path.
pub async fn serve(edge: &Parts, visit: &Arc<Visit>, request: Request<Body>) -> Response<Body> {
    let accept = Accept::of(request.headers());
    let head = request.method() == HttpMethod::HEAD;
    let answered = match find(edge, &request) {
        Ok(Found::Options(allow)) => Ok(answer::options(&allow)),
        Ok(Found::Route(route, method)) => {
            answer(edge, visit, &accept, route, &method.clone(), request).await
        }
        Err(refusal) => Err(refusal),
    };
    let response = answered.unwrap_or_else(|refusal| {
        visit.ended(refusal.code());
        answer::refuse(edge.api.codec(), &accept, refusal)
    });
    if head {
        response.map(|_| Body::empty())
    } else {
        response
    }
}

enum Found<'a> {
    Route(&'a Route, &'a Arc<Method>),
    /// The path is known; these are its methods.
    Options(HeaderValue),
}

fn find<'a>(edge: &'a Parts, request: &Request<Body>) -> Result<Found<'a>, Refusal> {
    let matched = edge.api.match_path(request.method(), request.uri().path());
    match matched.map_err(|_| Error::PathMalformed)? {
        Match::Found { route, .. } => match edge.routes.method(route.grpc_path()) {
            Some(method) => Ok(Found::Route(route, method)),
            None => Err(Error::PathUnknown.into()),
        },
        Match::MethodNotAllowed { allow } => {
            let mut names: Vec<&str> = allow.iter().map(HttpMethod::as_str).collect();
            names.push("OPTIONS");
            let allow = names.join(", ");
            let header = HeaderValue::try_from(&allow).map_err(|_| Error::AnswerBroken)?;
            match *request.method() {
                HttpMethod::OPTIONS => Ok(Found::Options(header)),
                _ => Err(Refusal::from(Error::HttpMethodNotAllowed(allow)).with(ALLOW, header)),
            }
        }
        Match::NotFound => Err(Error::PathUnknown.into()),
    }
}

async fn answer(
    edge: &Parts,
    visit: &Arc<Visit>,
    accept: &Accept,
    route: &Route,
    method: &Arc<Method>,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    let patience = Patience::of(request.headers(), method);
    let user = edge.admit(method, visit, request.headers()).await?;
    let (parts, body) = request.into_parts();
    body::check_type(&parts.headers, route)?;
    let blame = Blame::default();
    let first = |body: &[u8]| message(edge, route, method, &parts, body);
    let body = if upload::takes_pieces(route, method) {
        upload::requests(edge, route, method, &parts.headers, body, blame.clone(), first).await?
    } else {
        let body = body::read(body, &parts.headers, edge.settings.body_timeout).await?;
        Body::new(Full::new(first(&body)?))
    };
    let call = Call {
        method,
        user: user.as_ref(),
        visit,
        patience,
        headers: headers::inward_of_http(&parts.headers, visit, method),
        body,
        blame,
    };
    let mut messages = Messages::of(call.send().await?);
    if !method.server_streaming {
        let message = messages.only().await?;
        return answer::unary(edge, route, method, &parts.headers, &message, user.is_some());
    }
    match stream::first(route, &mut messages).await? {
        Some(Next::End(end)) if end.code() != tonic::Code::Ok => Err(end.into()),
        first => stream::begin(edge, accept, route, first, messages),
    }
}

/// The request as one gRPC frame.
fn message(
    edge: &Parts,
    route: &Route,
    method: &Method,
    parts: &http::request::Parts,
    body: &[u8],
) -> Result<Bytes, Error> {
    let captures = captures(edge, parts);
    let content_type = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let input = Input {
        captures,
        query: parts.uri.query(),
        body,
        content_type,
    };
    let mut frame = Vec::with_capacity(HEAD + 64 + body.len());
    frame.resize(HEAD, 0);
    edge.api.request(route, &input, &mut frame)?;
    if let Some(field) = method.request_id {
        idempotency::apply(&parts.headers, field, &mut frame)?;
    }
    if frame.len() - HEAD > crate::MESSAGE_LIMIT {
        return Err(Error::RequestTooLarge);
    }
    frames::seal(&mut frame);
    Ok(frame.into())
}

/// The path variables, which point into the path and so are read where it stays.
fn captures<'a>(edge: &'a Parts, parts: &'a http::request::Parts) -> Option<Captures<'a, 'a>> {
    match edge.api.match_path(&parts.method, parts.uri.path()) {
        Ok(Match::Found { captures, .. }) => Some(captures),
        _ => None,
    }
}

fn insert(headers: &mut HeaderMap, name: http::HeaderName, value: impl TryInto<HeaderValue>) {
    if let Ok(value) = value.try_into() {
        headers.insert(name, value);
    }
}

fn with_status(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
