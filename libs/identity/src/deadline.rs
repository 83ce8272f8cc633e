use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tonic::Status;

use crate::Refused;

tokio::task_local! {
    static CURRENT: Deadline;
}

/// When the work at hand must be done.
///
/// The [`Gate`](crate::Gate) sets it for each call, [`Outgoing`](crate::Outgoing)
/// passes on what is left. A task spawned from a handler starts without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// The deadline of the call this code runs in, if it runs in one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|deadline| *deadline).ok()
    }

    /// The time left; zero once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Runs `work` under this deadline, or under the one around it if that is earlier.
    ///
    /// # Errors
    /// [`Refused::DeadlineExceeded`] when it was not done in time; it is dropped then.
    pub async fn bound<F: Future>(self, work: F) -> Result<F::Output, Refused> {
        let deadline = Self::current().map_or(self, |outer| self.min(outer));
        timeout_at(deadline.0, CURRENT.scope(deadline, work))
            .await
            .map_err(|_| Refused::DeadlineExceeded)
    }
}

/// A response body that ends with DEADLINE_EXCEEDED when its time is over.
#[derive(Debug)]
pub struct Bounded<B> {
    body: Option<Pin<Box<B>>>,
    deadline: Option<Deadline>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<B> Bounded<B> {
    pub(crate) fn new(body: B, deadline: Option<Deadline>) -> Self {
        Self {
            body: Some(Box::pin(body)),
            deadline,
            alarm: None,
        }
    }
}

/// Nothing.
impl<B> Default for Bounded<B> {
    fn default() -> Self {
        Self {
            body: None,
            deadline: None,
            alarm: None,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for Bounded<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let Some(deadline) = this.deadline else {
            return body.as_mut().poll_frame(cx);
        };
        let frame = CURRENT.sync_scope(deadline, || body.as_mut().poll_frame(cx));
        // A timer is only set for a body that makes us wait; most do not.
        let over = match &frame {
            Poll::Ready(Some(Ok(frame))) => frame.is_data() && deadline.left().is_zero(),
            Poll::Ready(_) => false,
            Poll::Pending => {
                let alarm = this
                    .alarm
                    .get_or_insert_with(|| Box::pin(sleep_until(deadline.0)));
                alarm.as_mut().poll(cx).is_ready()
            }
        };
        if over {
            this.body = None;
            let mut trailers = HeaderMap::new();
            return match Status::from(Refused::DeadlineExceeded).add_header(&mut trailers) {
                Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                Err(_) => Poll::Ready(None),
            };
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) if self.deadline.is_none() => body.size_hint(),
            _ => SizeHint::default(),
        }
    }
}
