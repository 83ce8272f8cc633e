//! gRPC messages on the wire: a flag, four bytes of length, the message.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, Response};
use http_body::Frame;
use http_body_util::BodyExt as _;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::error::MESSAGE_LIMIT;
use crate::{Error, status};

/// Length of what stands before a message.
pub const HEAD: usize = 5;

/// Why a request body was cut off, for the one who answers.
#[derive(Debug, Clone, Default)]
pub struct Blame(Arc<OnceLock<Error>>);

impl Blame {
    /// What the client did, if it was the client.
    pub fn get(&self) -> Option<Error> {
        self.0.get().cloned()
    }

    /// Names the cause; the status is what the service gets to see.
    pub fn lay(&self, error: Error) -> Status {
        // The first one is the cause.
        let _ = self.0.set(error);
        Status::new(Code::Cancelled, "the request is malformed")
    }
}

/// A request body that is passed on while it is a sequence of messages of
/// allowed size, exactly one unless the client streams. Bytes stay as they are.
pub struct Checked {
    body: Body,
    blame: Blame,
    streaming: bool,
    messages: u64,
    head: [u8; HEAD],
    head_filled: usize,
    left: usize,
    over: bool,
}

impl Checked {
    pub fn new(body: Body, streaming: bool, blame: Blame) -> Self {
        Self {
            body,
            blame,
            streaming,
            messages: 0,
            head: [0; HEAD],
            head_filled: 0,
            left: 0,
            over: false,
        }
    }

    fn check(&mut self, mut data: &[u8]) -> Result<(), Error> {
        while !data.is_empty() {
            if self.left > 0 {
                let step = self.left.min(data.len());
                self.left -= step;
                data = &data[step..];
                continue;
            }
            self.head[self.head_filled] = data[0];
            self.head_filled += 1;
            data = &data[1..];
            if self.head_filled == HEAD {
                self.head_filled = 0;
                self.messages += 1;
                self.left =
                    length(&self.head).ok_or(Error::FramesMalformed("a message has an unknown flag"))?;
                if self.left > MESSAGE_LIMIT {
                    return Err(Error::RequestTooLarge);
                }
                if self.messages > 1 && !self.streaming {
                    return Err(Error::FramesMalformed("this method takes one message"));
                }
            }
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), Error> {
        if self.left > 0 || self.head_filled > 0 {
            return Err(Error::FramesMalformed("the last message is cut off"));
        }
        if self.messages == 0 && !self.streaming {
            return Err(Error::FramesMalformed("this method takes one message"));
        }
        Ok(())
    }
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(None);
        }
        let checked = loop {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    // Many a client ends its request with an empty frame. Passed
                    // on it would not be the last one, and h2 closes connections
                    // that have seen a hundred such frames.
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => match this.check(&data) {
                        Ok(()) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                        Err(error) => break Err(error),
                    },
                    // A gRPC request has no trailers.
                    Err(_) => break this.check_end(),
                },
                None => break this.check_end(),
                Some(Err(_)) => break Err(Error::FramesMalformed("the body broke off")),
            }
        };
        this.over = true;
        Poll::Ready(checked.err().map(|error| Err(this.blame.lay(error))))
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }
}

/// The messages of a service's answer, one by one.
pub struct Messages {
    body: Body,
    buffer: BytesMut,
    end: Option<Status>,
}

/// What comes next in an answer.
#[derive(Debug)]
pub enum Next {
    Message(Bytes),
    /// The last thing, OK or not.
    End(Status),
}

impl Messages {
    /// Those of an answer that [`Upstream`](crate::upstream::Upstream) passed on.
    pub fn of(response: Response<Body>) -> Self {
        let end = status::read(response.headers());
        Self {
            body: response.into_body(),
            buffer: BytesMut::new(),
            end,
        }
    }

    /// The next message, or the end.
    ///
    /// # Errors
    /// [`Error::AnswerBroken`] when the answer is no sequence of messages.
    pub async fn next(&mut self) -> Result<Next, Error> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Next::Message(message));
            }
            if let Some(end) = &self.end {
                return Ok(Next::End(end.clone()));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.buffer.extend_from_slice(&data),
                    Err(frame) => self.finish(frame.into_trailers().unwrap_or_default()),
                },
                Some(Err(_)) | None => self.finish(HeaderMap::new()),
            }
        }
    }

    /// The message of an answer that has one.
    ///
    /// # Errors
    /// The status it ends with instead.
    pub async fn only(&mut self) -> Result<Bytes, Status> {
        let message = match self.next().await? {
            Next::Message(message) => message,
            Next::End(end) if end.code() != Code::Ok => return Err(end),
            Next::End(_) => return Err(Error::AnswerBroken.into()),
        };
        match self.next().await? {
            Next::End(end) if end.code() == Code::Ok => Ok(message),
            Next::End(end) => Err(end),
            Next::Message(_) => Err(Error::AnswerBroken.into()),
        }
    }

    fn finish(&mut self, trailers: HeaderMap) {
        self.end = Some(status::read(&trailers).unwrap_or_else(|| Error::AnswerBroken.into()));
    }

    fn buffered(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(head) = self.buffer.first_chunk::<HEAD>() else {
            return Ok(None);
        };
        // It was told that we take no compression.
        let length = length(head).filter(|_| head[0] == 0).ok_or(Error::AnswerBroken)?;
        if self.buffer.len() < HEAD + length {
            return Ok(None);
        }
        self.buffer.advance(HEAD);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }
}

/// Writes the head of the message that fills the rest of `frame`.
pub fn seal(frame: &mut [u8]) {
    let length = u32::try_from(frame.len() - HEAD).expect("a message is at most 4 MiB");
    frame[0] = 0;
    frame[1..HEAD].copy_from_slice(&length.to_be_bytes());
}

fn length(head: &[u8; HEAD]) -> Option<usize> {
    let [flag, length @ ..] = *head;
    (flag <= 1).then(|| u32::from_be_bytes(length) as usize)
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{Full, StreamBody};

    use super::*;

    async fn passed(bytes: &[u8], piece: usize, streaming: bool) -> Result<Vec<u8>, Error> {
        let pieces: Vec<_> = bytes
            .chunks(piece)
            .map(|piece| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let blame = Blame::default();
        let checked = Checked::new(
            Body::new(StreamBody::new(stream::iter(pieces))),
            streaming,
            blame.clone(),
        );
        match checked.collect().await {
            Ok(all) => Ok(all.to_bytes().to_vec()),
            Err(_) => Err(blame.get().expect("somebody is to blame")),
        }
    }

    #[tokio::test]
    async fn sound_messages_pass_untouched_however_they_are_cut() {
        let two = b"\0\0\0\0\x03abc\x01\0\0\0\0";
        for piece in 1..=two.len() {
            assert_eq!(passed(two, piece, true).await.as_deref(), Ok(&two[..]));
        }
        assert_eq!(passed(b"", 1, true).await, Ok(vec![]));
    }

    #[tokio::test]
    async fn what_is_no_sequence_of_messages_is_cut_off() {
        let malformed = |what| Err(Error::FramesMalformed(what));
        assert_eq!(
            passed(b"\x02\0\0\0\0", 2, true).await,
            malformed("a message has an unknown flag")
        );
        assert_eq!(
            passed(b"\0\0\0\0\x03ab", 2, true).await,
            malformed("the last message is cut off")
        );
        assert_eq!(
            passed(b"\0\0", 2, true).await,
            malformed("the last message is cut off")
        );
        assert_eq!(
            passed(b"\0\0\0\0\0\0\0\0\0\0", 3, false).await,
            malformed("this method takes one message")
        );
        assert_eq!(
            passed(b"", 1, false).await,
            malformed("this method takes one message")
        );
        assert_eq!(
            passed(b"\0\0\x40\0\x01", 5, false).await,
            Err(Error::RequestTooLarge)
        );
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_broken() {
        let mut messages = Messages::of(Response::new(Body::new(Full::new(Bytes::from_static(
            b"\0\0\0\0\x01a",
        )))));
        assert!(matches!(messages.next().await, Ok(Next::Message(message)) if message == "a"));
        assert!(matches!(messages.next().await, Ok(Next::End(end)) if end.code() == Code::Internal));
    }
}
