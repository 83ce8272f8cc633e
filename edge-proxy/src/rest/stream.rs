//! Answers that are many messages: lines, events or an array of JSON.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::{Code, Status};
use xlcfi_transcode::{Api, Content, Route};

use super::accept::{Accept, Form};
use super::answer::{self, Refusal};
use super::insert;
use crate::Error;
use crate::edge::Parts;
use crate::frames::{Messages, Next};

/// After so long without a message a stream of events says that it lives.
const SILENCE: Duration = Duration::from_secs(15);
const ALIVE: &[u8] = b": still here\n\n";

/// How long an answer waits for its first message, so that a call that fails at once has
/// a status of its own.
const PATIENCE: Duration = Duration::from_secs(1);

/// The first message or the end. `None` when the service has nothing to say yet: the
/// caller shall know that it is listened to. Raw answers say with the first what they are.
///
/// # Errors
/// The service broke off.
pub async fn first(route: &Route, messages: &mut Messages) -> Result<Option<Next>, Error> {
    if route.gives_raw() {
        return messages.next().await.map(Some);
    }
    match timeout(PATIENCE, messages.next()).await {
        Ok(first) => first.map(Some),
        Err(_) => Ok(None),
    }
}

/// Begins the answer, with what came first when anything did; an end is OK.
///
/// # Errors
/// The first message is none.
pub fn begin(
    edge: &Parts,
    accept: &Accept,
    route: &Route,
    first: Option<Next>,
    messages: Messages,
) -> Result<Response<Body>, Refusal> {
    let mut writer = Writer {
        form: accept.stream,
        api: edge.api.clone(),
        route: route.clone(),
        begun: false,
        raw: None,
    };
    let (chunk, over) = match first {
        Some(first) => writer.write(first),
        None if writer.form == Form::Events => (Bytes::from_static(ALIVE), false),
        None => (Bytes::new(), false),
    };
    let mut response = Response::new(());
    let headers = response.headers_mut();
    match &writer.raw {
        Some(content_type) => insert(headers, CONTENT_TYPE, content_type.as_str()),
        None => {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static(content_type(accept.stream)),
            );
        }
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    let begun = State {
        writer,
        messages,
        ready: Some(chunk),
        over,
    };
    let chunks = stream::unfold(begun, |mut state| async move {
        let chunk = state.next().await?;
        Some((Ok::<_, Status>(Frame::data(chunk)), state))
    });
    Ok(response.map(|()| Body::new(StreamBody::new(chunks))))
}

fn content_type(form: Form) -> &'static str {
    match form {
        Form::Lines => "application/x-ndjson",
        Form::Events => "text/event-stream",
        Form::Array => "application/json",
    }
}

struct State {
    writer: Writer,
    messages: Messages,
    ready: Option<Bytes>,
    over: bool,
}

impl State {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(ready) = self.ready.take() {
            return Some(ready);
        }
        if self.over {
            return None;
        }
        let next = match timeout(SILENCE, self.messages.next()).await {
            Ok(next) => next.unwrap_or_else(|error| Next::End(error.into())),
            Err(_) if self.writer.form == Form::Events => {
                return Some(Bytes::from_static(ALIVE));
            }
            Err(_) => self
                .messages
                .next()
                .await
                .unwrap_or_else(|error| Next::End(error.into())),
        };
        let (chunk, over) = self.writer.write(next);
        self.over = over;
        Some(chunk)
    }
}

struct Writer {
    form: Form,
    api: Arc<Api>,
    route: Route,
    begun: bool,
    /// Content type of an answer that is no JSON.
    raw: Option<String>,
}

impl Writer {
    /// The next piece of the body, and whether it was the last.
    fn write(&mut self, next: Next) -> (Bytes, bool) {
        let mut text = Vec::new();
        let end = match next {
            Next::Message(message) => match self.api.response(&self.route, &message, &mut text) {
                Ok(Content::Raw { content_type }) => {
                    self.raw.get_or_insert(content_type);
                    return (text.into(), false);
                }
                Ok(Content::Json) => return (self.message(&text), false),
                Err(_) => Error::AnswerBroken.into(),
            },
            Next::End(end) => end,
        };
        (self.end(&end), true)
    }

    fn message(&mut self, json: &[u8]) -> Bytes {
        let first = !std::mem::replace(&mut self.begun, true);
        let (before, after): (&[u8], &[u8]) = match self.form {
            Form::Lines => (b"", b"\n"),
            Form::Events => (b"data: ", b"\n\n"),
            Form::Array if first => (b"[", b""),
            Form::Array => (b",", b""),
        };
        [before, json, after].concat().into()
    }

    /// An error that comes after messages is the last entry, `{"error": ...}`.
    fn end(&mut self, end: &Status) -> Bytes {
        if self.raw.is_some() {
            return Bytes::new();
        }
        let failed = end.code() != Code::Ok;
        let mut last = Vec::new();
        if failed {
            let status = answer::json(self.api.codec(), end);
            last = match self.form {
                Form::Events => [b"event: error\ndata: ", &status[..], b"\n\n"].concat(),
                _ => self
                    .message(&[b"{\"error\":", &status[..], b"}"].concat())
                    .to_vec(),
            };
        }
        match self.form {
            Form::Lines => {}
            Form::Events if failed => {}
            // Without it a browser would connect again for ever.
            Form::Events => last.extend_from_slice(b"event: end\ndata: {}\n\n"),
            Form::Array if self.begun => last.push(b']'),
            Form::Array => last.extend_from_slice(b"[]"),
        }
        last.into()
    }
}
