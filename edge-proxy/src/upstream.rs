//! The services behind, and calls to them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod, Request, Response, StatusCode, Uri};
use http_body::Frame;
use tokio::time::{Sleep, sleep};
use tonic::body::Body;
use tonic::{Code, Status, TimeoutExpired};
use tower::ServiceExt as _;
use xlcfi_identity::{Deadline, User, on_behalf_of};
use xlcfi_service::{Peer, Traced};

use crate::breaker::Permit;
use crate::frames::Blame;
use crate::log::Visit;
use crate::routes::Method;
use crate::{Error, headers, status};

/// When somebody may try again after a service did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// A service behind the edge.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its one noun, or its address if it is somebody else's.
    pub name: String,
    peer: Peer,
}

/// How long a call may take, and whether that is as long as its policy allows.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    deadline: Deadline,
    /// Nobody asked for less: running out of time is the service's failure.
    whole: bool,
}

impl Patience {
    /// What the client asks for, at most the policy's.
    pub fn of(headers: &HeaderMap, method: &Method) -> Self {
        let most = method.policy.timeout;
        let asked = headers::time_given(headers).filter(|asked| *asked < most);
        Self {
            deadline: Deadline::after(asked.unwrap_or(most)),
            whole: asked.is_none(),
        }
    }

    /// The time left.
    pub fn left(&self) -> Duration {
        self.deadline.left()
    }

    fn blames_service(self, code: Code) -> bool {
        match code {
            Code::Unavailable => true,
            Code::DeadlineExceeded => self.whole,
            _ => false,
        }
    }
}

/// One call to a service.
pub struct Call<'a> {
    pub method: &'a Arc<Method>,
    pub user: Option<&'a User>,
    pub visit: &'a Arc<Visit>,
    pub patience: Patience,
    pub headers: HeaderMap,
    pub body: Body,
    pub blame: Blame,
}

impl Upstream {
    pub fn new(name: &str, peer: Peer) -> Self {
        Self {
            name: name.to_owned(),
            peer,
        }
    }

    /// The service's channel, for calls of the edge itself.
    pub fn peer(&self) -> Peer {
        self.peer.clone()
    }
}

impl Call<'_> {
    /// Makes the call. The answer ends with a status, whatever the service does.
    ///
    /// # Errors
    /// What keeps the service from answering at all.
    pub async fn send(self) -> Result<Response<Body>, Error> {
        let permit = self.method.breaker.admit().map_err(Error::UpstreamUnavailable)?;
        let Self {
            method,
            visit,
            patience,
            blame,
            ..
        } = self;
        let mut request = Request::new(self.body);
        *request.method_mut() = HttpMethod::POST;
        *request.uri_mut() = Uri::from_maybe_shared(method.path.clone()).map_err(|_| Error::MethodUnknown)?;
        *request.headers_mut() = self.headers;
        if let Some(user) = self.user {
            request
                .extensions_mut()
                .extend(on_behalf_of((), user).into_parts().1);
        }

        let service = Traced::new("edge", method.upstream.peer.clone());
        let answer = match patience.deadline.bound(service.oneshot(request)).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => Ok(answer),
            Ok(Ok(answer)) => {
                tracing::warn!(
                    upstream = method.upstream.name,
                    status = answer.status().as_u16(),
                    "no gRPC answer"
                );
                Err(Error::UpstreamUnavailable(AGAIN))
            }
            Ok(Err(error)) if ran_out(&error) => Err(Error::DeadlineExceeded),
            Ok(Err(error)) => Err(blame.get().unwrap_or_else(|| {
                tracing::debug!(upstream = method.upstream.name, error = ?error, "no answer");
                Error::UpstreamUnavailable(AGAIN)
            })),
            Err(_) => Err(Error::DeadlineExceeded),
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let code = Status::from(error.clone()).code();
                permit.settle(patience.blames_service(code));
                return Err(error);
            }
        };
        headers::outward(answer.headers_mut());
        if let Some(end) = status::read(answer.headers()) {
            permit.settle(patience.blames_service(end.code()));
            visit.ended(end.code());
            status::clean(answer.headers_mut());
            return Ok(answer.map(|_| Body::empty()));
        }
        let (streaming, visit) = (method.server_streaming, visit.clone());
        Ok(answer.map(|body| {
            Body::new(Relay {
                body: Some(body),
                permit: Some(permit),
                alarm: None,
                patience,
                streaming,
                blame,
                visit,
            })
        }))
    }
}

/// Whether the channel gave up because the time it was given is over.
fn ran_out(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.into_iter().any(|cause| cause.is::<TimeoutExpired>())
}

/// An answer on its way, made to end with a status in time.
struct Relay {
    body: Option<Body>,
    permit: Option<Permit>,
    alarm: Option<Pin<Box<Sleep>>>,
    patience: Patience,
    streaming: bool,
    blame: Blame,
    visit: Arc<Visit>,
}

impl Relay {
    fn end(&mut self, mut trailers: HeaderMap) -> Frame<Bytes> {
        let end = status::read(&trailers).map_or(Code::Unknown, |end| end.code());
        if let Some(permit) = self.permit.take() {
            permit.settle(self.patience.blames_service(end));
        }
        self.visit.ended(end);
        self.body = None;
        headers::outward(&mut trailers);
        status::clean(&mut trailers);
        Frame::trailers(trailers)
    }

    fn fail(&mut self, error: Error) -> Frame<Bytes> {
        self.end(status::trailers(&error.into()))
    }
}

impl http_body::Body for Relay {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let frame = match Pin::new(body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    // A stream that has begun has shown that the service works.
                    if let (true, Some(permit)) = (this.streaming, this.permit.take_if(|_| this.streaming)) {
                        permit.settle(false);
                    }
                    Frame::data(data)
                }
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) if trailers.contains_key("grpc-status") => this.end(trailers),
                    _ => this.fail(Error::UpstreamUnavailable(AGAIN)),
                },
            },
            Poll::Ready(_) => {
                let error = this.blame.get().unwrap_or(Error::UpstreamUnavailable(AGAIN));
                this.fail(error)
            }
            Poll::Pending => {
                let patience = this.patience;
                let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep(patience.left())));
                match alarm.as_mut().poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => this.fail(Error::DeadlineExceeded),
                }
            }
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }
}
