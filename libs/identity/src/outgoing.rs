use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::Either;
use http::{Request, Response};
use tonic::{IntoRequest, Status};
use tower::{Layer, Service};
use xlcfi_contracts::policy::policy;

use crate::{Deadline, HEADER, Refused, Signer, User, timeout};

/// Kept back from the time left, for what the caller does with the answer.
const MARGIN: Duration = Duration::from_millis(5);

#[derive(Debug, Clone)]
struct OnBehalfOf(User);

/// The request, made for `user`: the callee's [`Caller`](crate::Caller) is this user.
///
/// Without it a service calls for itself, so a handler's caller is never
/// passed on by accident.
pub fn on_behalf_of<M>(request: impl IntoRequest<M>, user: &User) -> tonic::Request<M> {
    let mut request = request.into_request();
    request.extensions_mut().insert(OnBehalfOf(user.clone()));
    request
}

/// The way out of a service to one other: shows who calls, for whom, and how
/// much time is left.
///
/// A layer for a tonic channel. The time is what the current [`Deadline`]
/// leaves, at most the method's policy.
#[derive(Debug, Clone)]
pub struct Outgoing {
    signer: Signer,
    audience: Arc<str>,
}

impl Outgoing {
    /// Calls by `signer` to the service `audience`.
    pub fn new(signer: Signer, audience: &str) -> Self {
        Self {
            signer,
            audience: audience.into(),
        }
    }
}

impl<S> Layer<S> for Outgoing {
    type Service = Identified<S>;

    fn layer(&self, inner: S) -> Identified<S> {
        Identified {
            outgoing: self.clone(),
            inner,
        }
    }
}

/// A channel whose calls say who makes them; see [`Outgoing`].
#[derive(Debug, Clone)]
pub struct Identified<S> {
    outgoing: Outgoing,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Identified<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let left = Deadline::current().map(Deadline::left);
        if left.is_some_and(|left| left <= MARGIN) {
            return Either::Right(ready(Ok(Status::from(Refused::DeadlineExceeded).into_http())));
        }
        let bounds = [
            left.map(|left| left - MARGIN),
            policy(request.uri().path()).map(|policy| policy.timeout),
            timeout::read(request.headers()),
        ];
        if let Some(shortest) = bounds.into_iter().flatten().min() {
            timeout::write(request.headers_mut(), shortest);
        }
        let user = request.extensions_mut().remove::<OnBehalfOf>();
        let user = user.as_ref().map(|OnBehalfOf(user)| user);
        let token = self.outgoing.signer.token(&self.outgoing.audience, user);
        request.headers_mut().insert(HEADER, token);
        Either::Left(self.inner.call(request))
    }
}
