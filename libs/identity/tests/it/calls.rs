//! A client's way out and a service's gate, with what stands between cut out.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::transport::{Channel, Server};
use tonic::{Code, Status};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{LogInRequest, LogOutRequest};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::reason_of;
use xlcfi_identity::{Caller, Deadline, Gate, HEADER, Keyring, Outgoing, Seed, Signer, on_behalf_of};

use crate::forge::{LOG_OUT, user};

const LOG_IN: &str = "/xlcfi.auth.v1.AuthService/LogIn";
const TIMEOUT: Duration = Duration::from_secs(5);

/// What reached the handler.
#[derive(Debug, Clone)]
struct Seen {
    caller: Caller,
    deadline: Option<Deadline>,
    headers: HeaderMap,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    fn last(&self) -> Seen {
        self.0.lock().expect("unbroken").last().cloned().expect("a call")
    }
}

fn empty_message() -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("a number"));
    let frames = [
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 5]))),
        Ok(Frame::trailers(trailers)),
    ];
    let mut response = Response::new(Body::new(StreamBody::new(stream::iter(frames))));
    let grpc = "application/grpc".parse().expect("a type");
    response.headers_mut().insert("content-type", grpc);
    response
}

type Handled = BoxFuture<'static, Result<Response<Body>, Infallible>>;

/// A handler that notes what it sees and then does `then`.
fn handler(
    log: &Log,
    then: impl Fn() -> BoxFuture<'static, Response<Body>> + Clone + Send + 'static,
) -> impl tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Handled> + Clone
{
    let log = log.clone();
    service_fn(move |request: Request<Body>| {
        let (log, then) = (log.clone(), then.clone());
        async move {
            let caller = request.extensions().get::<Caller>().cloned();
            log.0.lock().expect("unbroken").push(Seen {
                caller: caller.expect("the gate says who calls"),
                deadline: Deadline::current(),
                headers: request.headers().clone(),
            });
            assert_eq!(
                request.extensions().get::<Deadline>().copied(),
                Deadline::current()
            );
            Ok(then().await)
        }
        .boxed()
    })
}

fn pair(audience: &str) -> (Outgoing, Gate) {
    let seed = Seed::generate();
    let gate = Gate::new(audience, Keyring::new().with("order", seed.public_key()));
    (Outgoing::new(Signer::new("order", &seed), audience), gate)
}

fn at_once() -> BoxFuture<'static, Response<Body>> {
    std::future::ready(empty_message()).boxed()
}

#[tokio::test]
async fn a_call_reaches_the_handler_for_the_user_it_was_made_for() {
    let (log, (outgoing, gate)) = (Log::default(), pair("auth"));
    let mut client = AuthServiceClient::new(outgoing.layer(gate.layer(handler(&log, at_once))));
    let user = user(&[Role::Seller]);

    let request = on_behalf_of(LogOutRequest {}, &user);
    client.log_out(request).await.expect("the user is signed in");
    let seen = log.last();
    assert_eq!(seen.caller, Caller::User(user));
    assert!(!seen.headers.contains_key(HEADER), "the token goes no further");

    let refused = client.log_out(LogOutRequest {}).await.expect_err("for nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(reason_of(&refused).as_deref(), Some("TOKEN_MISSING"));

    client
        .log_in(LogInRequest::default())
        .await
        .expect("it is public");
    assert_eq!(log.last().caller, Caller::Service("order".into()));
}

/// Auth, as far as tonic's server needs to know.
#[derive(Clone)]
struct Auth(Log);

impl tonic::server::NamedService for Auth {
    const NAME: &'static str = "xlcfi.auth.v1.AuthService";
}

impl tower::Service<Request<Body>> for Auth {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Handled;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Handled {
        handler(&self.0, at_once).call(request)
    }
}

#[tokio::test]
async fn the_gate_stands_before_a_tonic_server_and_the_way_out_around_a_channel() {
    let (log, (outgoing, gate)) = (Log::default(), pair("auth"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let server = Server::builder().layer(gate).add_service(Auth(log.clone()));
    let server = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let channel = Channel::from_shared(address).expect("an address").connect_lazy();
    let mut bare = AuthServiceClient::new(channel.clone());
    let refused = bare
        .log_in(LogInRequest::default())
        .await
        .expect_err("no identity");
    assert_eq!(reason_of(&refused).as_deref(), Some("TOKEN_MISSING"));
    let mut client = AuthServiceClient::new(outgoing.layer(channel));
    client
        .log_in(LogInRequest::default())
        .await
        .expect("order is known");
    assert_eq!(log.last().caller, Caller::Service("order".into()));
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_deadline_goes_along() {
    let (log, (outgoing, gate)) = (Log::default(), pair("auth"));
    let client = AuthServiceClient::new(outgoing.layer(gate.layer(handler(&log, at_once))));
    let left = |log: &Log| log.last().deadline.expect("every call has one").left();
    let log_in = |client: &AuthServiceClient<_>| {
        let mut client = client.clone();
        async move { client.log_in(LogInRequest::default()).await.map(|_| ()) }
    };

    log_in(&client).await.expect("in time");
    let whole = left(&log);
    assert!(
        whole <= TIMEOUT && whole >= TIMEOUT - Duration::from_millis(25),
        "{whole:?}"
    );

    let work = Deadline::after(Duration::from_secs(2)).bound(async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        log_in(&client).await
    });
    work.await.expect("in time").expect("in time");
    let rest = left(&log);
    assert!(
        rest < Duration::from_millis(1_500) && rest > Duration::from_millis(1_470),
        "{rest:?}"
    );

    let mut hasty = tonic::Request::new(LogInRequest::default());
    hasty.set_timeout(Duration::from_millis(100));
    client.clone().log_in(hasty).await.expect("in time");
    assert!(left(&log) < Duration::from_millis(100));

    let calls = log.0.lock().expect("unbroken").len();
    let late = Deadline::after(Duration::from_millis(4)).bound(log_in(&client));
    let refused = late
        .await
        .expect("it was not awaited long")
        .expect_err("nothing is left");
    assert_eq!(reason_of(&refused).as_deref(), Some("DEADLINE_EXCEEDED"));
    assert_eq!(log.0.lock().expect("unbroken").len(), calls, "it was not sent");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_dropped() {
    let (log, (outgoing, gate)) = (Log::default(), pair("auth"));
    let dropped = Arc::new(());
    let watch = Arc::downgrade(&dropped);
    let for_ever = move || {
        let held = dropped.clone();
        async move {
            std::future::pending::<()>().await;
            drop(held);
            empty_message()
        }
        .boxed()
    };
    let mut client = AuthServiceClient::new(outgoing.layer(gate.layer(handler(&log, for_ever))));
    let started = tokio::time::Instant::now();
    let status = client
        .log_in(LogInRequest::default())
        .await
        .expect_err("it never ends");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason_of(&status).as_deref(), Some("DEADLINE_EXCEEDED"));
    let took = started.elapsed();
    assert!(
        took <= TIMEOUT && took > TIMEOUT - Duration::from_millis(25),
        "{took:?}"
    );
    drop(client);
    assert_eq!(watch.strong_count(), 0, "nothing of the handler is left");
}

#[tokio::test(start_paused = true)]
async fn a_stream_as_a_whole_ends_at_the_deadline() {
    // One that talks on for ever, one that falls silent.
    for (last, expected) in [(u64::MAX, 4), (2, 2)] {
        let (log, (outgoing, gate)) = (Log::default(), pair("auth"));
        let trickle = move || {
            let frames = stream::unfold(0, move |sent| async move {
                if sent == last {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
                let deadline = Deadline::current().expect("the stream is part of the call");
                assert!(deadline.left() < TIMEOUT);
                Some((
                    Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 5]))),
                    sent + 1,
                ))
            });
            let body = Body::new(StreamBody::new(frames.boxed()));
            std::future::ready(Response::new(body)).boxed()
        };
        let started = tokio::time::Instant::now();
        let service = outgoing.layer(gate.layer(handler(&log, trickle)));
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = LOG_IN.parse().expect("a path");
        let mut body = service.oneshot(request).await.expect("infallible").into_body();
        let mut messages = 0;
        let trailers = loop {
            let frame = body
                .frame()
                .await
                .expect("trailers come first")
                .expect("infallible");
            match frame.into_trailers() {
                Ok(trailers) => break trailers,
                Err(_) => messages += 1,
            }
        };
        assert_eq!(messages, expected);
        assert!(started.elapsed() <= TIMEOUT, "{:?}", started.elapsed());
        let status = Status::from_header_map(&trailers).expect("a status");
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert_eq!(reason_of(&status).as_deref(), Some("DEADLINE_EXCEEDED"));
        assert!(body.frame().await.is_none(), "the end is the end");
    }
}

#[tokio::test]
async fn health_and_reflection_are_open_and_nothing_else_is() {
    let log = Log::default();
    let (_, gate) = pair("auth");
    let opened = service_fn(|request: Request<Body>| async move {
        assert_eq!(request.extensions().get::<Caller>(), Some(&Caller::Anonymous));
        Ok::<_, Infallible>(empty_message())
    });
    let mut service = gate.layer(opened);
    let mut status_of = async |path: &str| {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().expect("a path");
        let response = service
            .ready()
            .await
            .expect("ready")
            .call(request)
            .await
            .expect("infallible");
        response.headers().get("grpc-status").cloned()
    };
    for open in [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        assert_eq!(status_of(open).await, None, "{open}");
    }
    for (shut, status) in [
        (LOG_OUT, "16"),
        ("/grpc.admin.v1.Admin/Stop", "12"),
        ("/x/grpc.health.v1.Health/Check", "12"),
    ] {
        assert_eq!(status_of(shut).await.expect("refused"), status, "{shut}");
    }
    assert!(log.0.lock().expect("unbroken").is_empty());
}
