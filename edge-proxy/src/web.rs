//! gRPC-web: what browsers can speak of gRPC, by way of tonic-web.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_web::GrpcWebLayer;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::edge::Parts;
use crate::grpc;
use crate::log::Visit;

const BINARY: HeaderValue = HeaderValue::from_static("application/grpc-web+proto");
const TEXT: HeaderValue = HeaderValue::from_static("application/grpc-web-text+proto");

/// Answers a gRPC-web call.
pub async fn serve(edge: Arc<Parts>, visit: Arc<Visit>, request: Request<Body>) -> Response<Body> {
    let plain = service_fn(move |request| {
        let (edge, visit) = (edge.clone(), visit.clone());
        async move { Ok::<_, Infallible>(grpc::serve(&edge, &visit, request).await) }
    });
    match GrpcWebLayer::new()
        .layer(plain)
        .oneshot(normalized(request))
        .await
    {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The request as tonic-web reads it: without parameters of its types, its
/// body in binary, since tonic-web takes no padding within a text, and the
/// answer's form asked for by `Accept`, since without one it answers in binary.
fn normalized(mut request: Request<Body>) -> Request<Body> {
    let is_text = |value: &HeaderValue| value.as_bytes().starts_with(b"application/grpc-web-text");
    let headers = request.headers_mut();
    let text_in = headers.get(CONTENT_TYPE).is_some_and(is_text);
    let text_out = match headers.get(ACCEPT) {
        Some(accept) if accept.as_bytes().starts_with(b"application/grpc-web") => is_text(accept),
        _ => text_in,
    };
    headers.insert(CONTENT_TYPE, BINARY);
    headers.insert(ACCEPT, if text_out { TEXT } else { BINARY });
    if text_in {
        request.map(|body| {
            Body::new(Decoded {
                body,
                rest: BytesMut::new(),
            })
        })
    } else {
        request
    }
}

/// A text body as binary. Each message may be padded by itself.
struct Decoded {
    body: Body,
    /// Less than four characters, kept until the others come.
    rest: BytesMut,
}

impl http_body::Body for Decoded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        loop {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    this.rest.extend_from_slice(&data);
                    let whole = this.rest.len() / 4 * 4;
                    if whole > 0 {
                        let text = this.rest.split_to(whole);
                        return Poll::Ready(Some(decode(&text).map(Frame::data)));
                    }
                }
                None if this.rest.is_empty() => return Poll::Ready(None),
                None => return Poll::Ready(Some(Err(malformed()))),
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
            }
        }
    }
}

fn decode(text: &[u8]) -> Result<Bytes, Status> {
    let mut plain = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text;
    while !rest.is_empty() {
        // Padding ends a piece; the next four characters begin another.
        let padded = rest.chunks(4).position(|quad| quad.contains(&b'='));
        let (piece, after) = rest.split_at(padded.map_or(rest.len(), |quad| (quad + 1) * 4));
        STANDARD.decode_vec(piece, &mut plain).map_err(|_| malformed())?;
        rest = after;
    }
    Ok(plain.into())
}

fn malformed() -> Status {
    Status::new(Code::InvalidArgument, "the body is not base64")
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    async fn decoded(text: &'static [u8], piece: usize) -> Result<Bytes, Status> {
        let pieces: Vec<_> = text
            .chunks(piece)
            .map(|piece| Ok::<_, Status>(Frame::data(Bytes::from_static(piece))))
            .collect();
        let body = Decoded {
            body: Body::new(StreamBody::new(stream::iter(pieces))),
            rest: BytesMut::new(),
        };
        body.collect().await.map(|all| all.to_bytes())
    }

    #[tokio::test]
    async fn text_is_decoded_however_it_is_cut_and_padded() {
        for piece in 1..20 {
            let plain = decoded(b"AAAAAAE=YQ==AAAAAAJhYg==", piece)
                .await
                .expect("sound base64");
            assert_eq!(plain, &b"\0\0\0\0\x01a\0\0\0\0\x02ab"[..]);
        }
        for bad in [&b"AAA"[..], b"A===", b"!!!!", b"AAAAA"] {
            decoded(bad, 4).await.expect_err("no base64");
        }
    }
}
