//! A raw body that goes on to the service while it comes, as a stream of requests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;
use xlcfi_transcode::{Api, Input, Route};

use super::body::DRAINED;
use crate::edge::Parts;
use crate::frames::{self, Blame, HEAD};
use crate::routes::Method;
use crate::{Error, MESSAGE_LIMIT};

/// Most bytes of the body in one message. This and what connections hold is all the
/// memory an upload takes, however large it is.
const PIECE: usize = 256 << 10;

/// Whether the body of a request goes on in pieces.
pub fn takes_pieces(route: &Route, method: &Method) -> bool {
    method.client_streaming && route.takes_raw()
}

/// The requests a body makes. Path, query and content type stand in the first, which
/// `first` makes of the bytes it begins with.
///
/// # Errors
/// The body is too large by its own account, does not begin in time, or `first` fails.
pub async fn requests(
    edge: &Parts,
    route: &Route,
    method: &Method,
    headers: &HeaderMap,
    body: Body,
    blame: Blame,
    first: impl FnOnce(&[u8]) -> Result<Bytes, Error>,
) -> Result<Body, Error> {
    let limit = match usize::try_from(method.policy.body_limit) {
        Ok(0) | Err(_) => MESSAGE_LIMIT,
        Ok(limit) => limit,
    };
    let mut pieces = Pieces {
        body: Some(body),
        held: Bytes::new(),
        left: limit,
        limit,
        patience: edge.settings.body_timeout,
    };
    if announced(headers).is_some_and(|length| length > limit) {
        return Err(Error::BodyTooLarge(limit));
    }
    let begun = pieces.next().await?.unwrap_or_default();
    let begun = Ok(Frame::data(first(&begun)?));
    let sending = Sending {
        pieces,
        api: edge.api.clone(),
        route: route.clone(),
        blame,
    };
    let rest = stream::unfold(Some(sending), |sending| async move {
        let mut sending = sending?;
        let frame = sending.next().await?;
        let again = frame.is_ok().then_some(sending);
        Some((frame, again))
    });
    let frames = futures::StreamExt::chain(stream::iter([begun]), rest);
    Ok(Body::new(StreamBody::new(frames)))
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body, cut into pieces.
struct Pieces {
    body: Option<Body>,
    /// What came and is not yet passed on.
    held: Bytes,
    left: usize,
    limit: usize,
    /// The longest silence.
    patience: Duration,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.held.is_empty() {
            let Some(body) = &mut self.body else {
                return Ok(None);
            };
            let frame = timeout(self.patience, body.frame()).await;
            let Some(frame) = frame.map_err(|_| Error::RequestTooSlow)? else {
                self.body = None;
                return Ok(None);
            };
            // The client broke off; nobody reads the answer.
            let Ok(data) = frame.map_err(|_| Error::RequestTooSlow)?.into_data() else {
                continue;
            };
            self.left = self
                .left
                .checked_sub(data.len())
                .ok_or(Error::BodyTooLarge(self.limit))?;
            self.held = data;
        }
        let length = self.held.len().min(PIECE);
        Ok(Some(self.held.split_to(length)))
    }
}

impl Drop for Pieces {
    /// The service may answer before it has read everything, and a client that still
    /// sends reads nothing yet: some more of it is read and thrown away.
    fn drop(&mut self) {
        let Some(mut body) = self.body.take() else { return };
        let patience = self.patience;
        tokio::spawn(async move {
            let mut drained = 0;
            // As above, a client may be slow and not silent.
            while let Ok(Some(Ok(frame))) = timeout(patience, body.frame()).await {
                drained += frame.data_ref().map_or(0, Bytes::len);
                if drained > DRAINED {
                    return;
                }
            }
        });
    }
}

struct Sending {
    pieces: Pieces,
    api: Arc<Api>,
    route: Route,
    blame: Blame,
}

impl Sending {
    async fn next(&mut self) -> Option<Result<Frame<Bytes>, Status>> {
        let made = match self.pieces.next().await {
            Ok(piece) => self.frame(&piece?),
            Err(error) => Err(error),
        };
        Some(made.map(Frame::data).map_err(|error| self.blame.lay(error)))
    }

    fn frame(&self, piece: &[u8]) -> Result<Bytes, Error> {
        let input = Input {
            body: piece,
            ..Input::default()
        };
        let mut frame = Vec::with_capacity(HEAD + 32 + piece.len());
        frame.resize(HEAD, 0);
        self.api.request(&self.route, &input, &mut frame)?;
        frames::seal(&mut frame);
        Ok(frame.into())
    }
}
