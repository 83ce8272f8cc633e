//! The Connect protocol: calls that are plain HTTP at a method's gRPC path.

mod answer;
mod request;

use std::sync::Arc;

use http::header::ALLOW;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use tonic::body::Body;

use crate::edge::Parts;
use crate::frames::{Blame, Messages};
use crate::log::Visit;
use crate::rest::Refusal;
use crate::upstream::{Call, Patience};
use crate::{Error, headers};

use request::Asked;
pub use request::is_get;

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Proto,
}

/// Whether a request with this content type says by itself that it is Connect.
pub fn is_stream(content_type: &str) -> bool {
    content_type.starts_with("application/connect+")
}

/// Answers a call.
pub async fn serve(edge: &Parts, visit: &Arc<Visit>, request: Request<Body>) -> Response<Body> {
    let streams = request::streams(&request);
    match answer(edge, visit, request).await {
        Ok(response) => response,
        Err(refusal) => {
            visit.ended(refusal.code());
            match streams {
                Some(format) => answer::failed_stream(edge.api.codec(), format, &refusal.status),
                None => answer::failed(edge.api.codec(), refusal),
            }
        }
    }
}

async fn answer(edge: &Parts, visit: &Arc<Visit>, request: Request<Body>) -> Result<Response<Body>, Refusal> {
    let method = edge
        .routes
        .method(request.uri().path())
        .ok_or(Error::MethodUnknown)?;
    let asked = Asked::of(&request, method).map_err(refusal)?;
    let patience = Patience::of(request.headers(), method);
    let user = edge.admit(method, visit, request.headers()).await?;
    let (parts, body) = request.into_parts();
    let frame = asked.frame(edge, method, &parts, body).await?;
    let call = Call {
        method,
        user: user.as_ref(),
        visit,
        patience,
        headers: headers::inward_of_http(&parts.headers, visit, method),
        body: Body::new(Full::new(frame)),
        blame: Blame::default(),
    };
    let mut messages = Messages::of(call.send().await?);
    if asked.stream {
        let output = edge
            .api
            .codec()
            .message(&method.output)
            .ok_or(Error::AnswerBroken)?;
        return Ok(answer::stream(edge.api.clone(), asked.format, output, messages));
    }
    let message = messages.only().await?;
    Ok(answer::unary(edge, asked.format, method, &message)?)
}

fn refusal(error: Error) -> Refusal {
    let allow = match &error {
        Error::HttpMethodNotAllowed(allow) => HeaderValue::try_from(allow).ok(),
        _ => None,
    };
    let refusal = Refusal::from(error);
    match allow {
        Some(allow) => refusal.with(ALLOW, allow),
        None => refusal,
    }
}
