//! A service behind the edge, behind its own gate, that does as it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Layer as _, ServiceExt};
use xlcfi_identity::{Caller, Gate, Keyring};

/// What a fake does with a call.
pub enum Reply {
    /// One message.
    Message(Vec<u8>),
    /// Only a status, in the headers.
    Refuse(Status),
    /// Messages, then a status in the trailers.
    Stream(Vec<Vec<u8>>, Status),
    /// A message, then the connection breaks.
    Break(Vec<u8>),
    /// A message, then nothing more.
    Linger(Vec<Vec<u8>>),
    /// Nothing at all.
    Hang,
    /// Something that is no gRPC.
    Html,
}

impl Reply {
    pub fn message(message: &impl Message) -> Self {
        Self::Message(message.encode_to_vec())
    }
}

/// A call as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub caller: Option<Caller>,
    pub message: Bytes,
    /// All of its messages, with their heads.
    pub body: Bytes,
}

type Act = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A service of one name.
#[derive(Clone)]
pub struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Answers that are still being given.
    pub under_way: Arc<AtomicUsize>,
}

impl Fake {
    /// Serves on a free port, to callers of the keyring.
    pub async fn start(
        name: &str,
        keyring: Keyring,
        act: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::serve(listener, Some(Gate::new(name, keyring)), act)
    }

    /// Serves there; without a gate to anybody.
    pub fn serve(
        listener: TcpListener,
        gate: Option<Gate>,
        act: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let fake = Self {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            seen: Arc::default(),
            under_way: Arc::default(),
        };
        let (act, this): (Arc<Act>, _) = (Arc::new(act), fake.clone());
        let answer = Router::new().fallback(async move |request: Request<axum::body::Body>| {
            this.answer(request, act).await.map(axum::body::Body::new)
        });
        let Some(gate) = gate else {
            let server = tonic::transport::Server::builder()
                .add_routes(Routes::from(answer))
                .serve_with_incoming(TcpListenerStream::new(listener));
            tokio::spawn(server);
            return fake;
        };
        let gated = gate.layer(answer);
        let gated = ServiceExt::<Request<axum::body::Body>>::map_response(gated, |response: Response<_>| {
            response.map(axum::body::Body::new)
        });
        let server = tonic::transport::Server::builder()
            .add_routes(Routes::from(Router::new().fallback_service(gated)))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        fake
    }

    /// Calls of a path so far.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().filter(|seen| seen.path == path).cloned().collect()
    }

    async fn answer(&self, request: Request<axum::body::Body>, act: Arc<Act>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if parts.uri.path().ends_with("/Chat") {
            return echo(body);
        }
        let Ok(body) = body.collect().await else {
            return Status::data_loss("broken request").into_http();
        };
        let body = body.to_bytes();
        let seen = Seen {
            path: parts.uri.path().to_owned(),
            headers: parts.headers,
            caller: parts.extensions.get::<Caller>().cloned(),
            message: body.slice(5.min(body.len())..),
            body,
        };
        self.seen.lock().expect("no panic").push(seen.clone());
        match act(&seen) {
            Reply::Message(message) => self.stream(vec![message], End::Status(Status::ok(""))),
            Reply::Stream(messages, status) => self.stream(messages, End::Status(status)),
            Reply::Refuse(status) => status.into_http(),
            Reply::Break(message) => self.stream(vec![message], End::Break),
            Reply::Linger(messages) => self.stream(messages, End::Never),
            Reply::Hang => std::future::pending().await,
            Reply::Html => Response::builder()
                .status(502)
                .body(Body::empty())
                .expect("a response"),
        }
    }

    fn stream(&self, messages: Vec<Vec<u8>>, end: End) -> Response<Body> {
        let mut frames: Vec<Result<Frame<Bytes>, Status>> = messages
            .into_iter()
            .map(|message| Ok(Frame::data(framed(&message))))
            .collect();
        let mut never = false;
        match end {
            End::Status(status) => {
                let mut trailers = HeaderMap::new();
                status.add_header(&mut trailers).expect("a plain status");
                frames.push(Ok(Frame::trailers(trailers)));
            }
            End::Break => frames.push(Err(Status::new(Code::Unknown, "broken"))),
            End::Never => never = true,
        }
        let guard = Guard::new(&self.under_way);
        let tail = stream::once(async move {
            if never {
                std::future::pending::<()>().await;
            }
            drop(guard);
        });
        let tail = tail.filter_map(|()| async { None });
        let frames = stream::iter(frames).then(|frame| async {
            // The headers go out by themselves.
            tokio::time::sleep(Duration::from_millis(2)).await;
            frame
        });
        let mut response = Response::new(Body::new(StreamBody::new(frames.chain(tail))));
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("application/grpc"));
        response
    }
}

/// Sends back what comes while it comes.
fn echo(body: axum::body::Body) -> Response<Body> {
    let frames = body
        .into_data_stream()
        .map(|data| data.map(Frame::data).map_err(|_| Status::data_loss("broken")));
    let trailers = HeaderMap::from_iter([(
        "grpc-status".parse().expect("a name"),
        HeaderValue::from_static("0"),
    )]);
    let end = stream::iter([Ok(Frame::trailers(trailers))]);
    let mut response = Response::new(Body::new(StreamBody::new(frames.chain(end))));
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

enum End {
    Status(Status),
    Break,
    Never,
}

struct Guard(Arc<AtomicUsize>);

impl Guard {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A message with its head.
pub fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("small").to_be_bytes();
    [&[0], &length[..], message].concat().into()
}
