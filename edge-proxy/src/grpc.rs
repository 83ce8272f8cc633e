//! Native gRPC, passed through as it is.

use std::sync::Arc;

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt as _;

use crate::edge::Parts;
use crate::frames::{Blame, Checked};
use crate::log::Visit;
use crate::upstream::{Call, Patience};
use crate::{Error, headers};

/// Services of the edge itself, which are not counted and need no identity.
const OWN: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

/// Whether a path is one of them.
pub fn is_own(path: &str) -> bool {
    OWN.iter().any(|own| path.starts_with(own))
}

/// Answers a gRPC call. A refusal is a status too, never a bare HTTP error.
pub async fn serve(edge: &Parts, visit: &Arc<Visit>, request: Request<Body>) -> Response<Body> {
    if is_own(request.uri().path()) {
        return match edge.own.clone().oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        };
    }
    pass(edge, visit, request)
        .await
        .unwrap_or_else(|error| refuse(visit, error))
}

async fn pass(edge: &Parts, visit: &Arc<Visit>, request: Request<Body>) -> Result<Response<Body>, Error> {
    let method = edge
        .routes
        .method(request.uri().path())
        .ok_or(Error::MethodUnknown)?;
    let patience = Patience::of(request.headers(), method);
    let user = edge.admit(method, visit, request.headers()).await?;
    let (parts, body) = request.into_parts();
    let blame = Blame::default();
    let mut metadata = headers::inward(&parts.headers, &visit.id, visit.client);
    if method.foreign {
        headers::keep_authorization(&parts.headers, &mut metadata);
    }
    let call = Call {
        method,
        user: user.as_ref(),
        visit,
        patience,
        headers: metadata,
        body: Body::new(Checked::new(body, method.client_streaming, blame.clone())),
        blame,
    };
    call.send().await
}

/// The answer that consists of a status.
pub fn refuse(visit: &Visit, error: Error) -> Response<Body> {
    let status = Status::from(error);
    visit.ended(status.code());
    status.into_http()
}
