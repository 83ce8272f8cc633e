use std::convert::Infallible;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tower::Service;

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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = tonic::transport::Server::builder().add_service(service);
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
        method: &str,
        answer: impl Fn(Q) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        N: NamedService + 'static,
        Q: prost::Message + Default + 'static,
        R: prost::Message + Default + 'static,
        F: Future<Output = Result<R, Status>> + Send + 'static,
    {
        let path = format!("/{}/{method}", N::NAME);
        let method = move |request: Request<Body>| {
            let (known, answer) = (request.uri().path() == path, answer.clone());
            async move {
                if !known {
                    return Ok(Status::unimplemented("not a part of this test").into_http());
                }
                let unary = tower::service_fn(move |request: tonic::Request<Q>| {
                    let answer = answer(request.into_inner());
                    async move { answer.await.map(tonic::Response::new) }
                });
                let mut grpc = tonic::server::Grpc::new(tonic_prost::ProstCodec::<R, Q>::default());
                Ok::<_, Infallible>(grpc.unary(unary, request).await)
            }
        };
        Self::serve(Method::<N, _>(tower::service_fn(method), PhantomData)).await
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
