use std::convert::Infallible;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tower::Service;
use xlcfi_identity::{HEADER, Member};
use xlcfi_types::Id;

/// A stand-in for another service, on a free port. It asks for no identity.
/// Dropping it stops it.
#[derive(Debug)]
pub struct Fake {
    url: String,
    _stop: DropGuard,
}

impl Fake {
    /// Serves a generated gRPC service.
    ///
    /// # Panics
    /// No port is free.
    pub async fn serve<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self::serve_all(Routes::new(service)).await
    }

    /// Serves several generated gRPC services.
    ///
    /// # Panics
    /// No port is free.
    pub async fn serve_all(services: Routes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = tonic::transport::Server::builder().add_routes(services);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        tokio::spawn(server.serve_with_incoming_shutdown(incoming, stopped));
        Self {
            url,
            _stop: stop.drop_guard(),
        }
    }

    /// Serves one method of the service `N` (the generated `..Server<()>`) by a
    /// function; its other methods are not implemented.
    ///
    /// # Panics
    /// No port is free.
    pub async fn answering<N, Q, R, F>(
        method: &'static str,
        answer: impl Fn(Q) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        N: NamedService + 'static,
        Q: prost::Message + Default + 'static,
        R: prost::Message + Default + 'static,
        F: Future<Output = Result<R, Status>> + Send + 'static,
    {
        Self::answering_for::<N, _, _, _>(method, move |_, request| answer(request)).await
    }

    /// Like [`Fake::answering`], by a function that also hears for which user the
    /// call is made, as the internal token says; its signature is not looked at.
    ///
    /// # Panics
    /// No port is free.
    pub async fn answering_for<N, Q, R, F>(
        method: &'static str,
        answer: impl Fn(Option<Id<Member>>, Q) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        N: NamedService + 'static,
        Q: prost::Message + Default + 'static,
        R: prost::Message + Default + 'static,
        F: Future<Output = Result<R, Status>> + Send + 'static,
    {
        Self::serve(method_of::<N, Q, R, F>(method, answer)).await
    }

    /// A service that is down: nothing listens there.
    ///
    /// # Panics
    /// No port is free.
    pub async fn down() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self {
            url,
            _stop: CancellationToken::new().drop_guard(),
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// One method of the service `N` as [`Fake::answering_for`] serves it, to stand beside
/// others in [`Fake::serve_all`].
pub fn method_of<N, Q, R, F>(
    method: &'static str,
    answer: impl Fn(Option<Id<Member>>, Q) -> F + Clone + Send + Sync + 'static,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ NamedService
+ Clone
+ Send
+ Sync
+ 'static
where
    N: NamedService + 'static,
    Q: prost::Message + Default + 'static,
    R: prost::Message + Default + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    let path = format!("/{}/{method}", N::NAME);
    let method = move |request: Request<Body>| {
        let (known, answer) = (request.uri().path() == path, answer.clone());
        let user = user_in(request.headers());
        async move {
            if !known {
                return Ok(Status::unimplemented("not a part of this test").into_http());
            }
            let unary = tower::service_fn(move |request: tonic::Request<Q>| {
                let answer = answer(user, request.into_inner());
                async move { answer.await.map(tonic::Response::new) }
            });
            let mut grpc = tonic::server::Grpc::new(tonic_prost::ProstCodec::<R, Q>::default());
            Ok::<_, Infallible>(grpc.unary(unary, request).await)
        }
    };
    Method::<N, _>(tower::service_fn(method), PhantomData)
}

/// The user an internal token speaks of.
fn user_in(headers: &HeaderMap) -> Option<Id<Member>> {
    let token = headers.get(HEADER)?.to_str().ok()?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["sub"].as_str()?.parse().ok()
}

/// A function under the name of the service `N`.
struct Method<N, S>(S, PhantomData<fn() -> N>);

impl<N, S: Clone> Clone for Method<N, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<N: NamedService, S> NamedService for Method<N, S> {
    const NAME: &'static str = N::NAME;
}

impl<N, S: Service<Request<Body>>> Service<Request<Body>> for Method<N, S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.0.call(request)
    }
}
