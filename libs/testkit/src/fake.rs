use std::convert::Infallible;

use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::server::NamedService;
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
        tokio::spawn(server.serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped));
        Self {
            url,
            _stop: stop.drop_guard(),
        }
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
