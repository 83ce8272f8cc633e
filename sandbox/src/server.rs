//! The accept loop. It serves connections itself because a fault must be able to close one without an answer, or reset it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::{debug, warn};

/// Answers still being written at a stop get this long.
const GRACE: Duration = Duration::from_secs(2);

/// Put into a response's extensions: the connection ends instead of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Hangup {
    #[error("closed without an answer")]
    Close,
    #[error("reset")]
    Reset,
}

/// Serves until `shutdown`.
pub(crate) async fn run(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), shutdown.clone()));
                }
                Err(error) => {
                    warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        debug!("connections still held at the end were dropped");
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Hangup>> + Send>>;

async fn connection(stream: TcpStream, router: Router, shutdown: CancellationToken) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let reset = Arc::new(AtomicBool::new(false));
    let wants_reset = reset.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| -> Answer {
        let (router, wants_reset) = (router.clone(), wants_reset.clone());
        Box::pin(async move {
            let response = match router.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            match response.extensions().get::<Hangup>() {
                None => Ok(response),
                Some(hangup) => {
                    wants_reset.store(*hangup == Hangup::Reset, Ordering::Relaxed);
                    Err(*hangup)
                }
            }
        })
    });
    let mut server = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut stopping = false;
    loop {
        tokio::select! {
            result = std::future::poll_fn(|context| server.poll_without_shutdown(context)) => {
                if let Err(error) = result {
                    debug!(%error, "connection ended");
                }
                break;
            }
            () = shutdown.cancelled(), if !stopping => {
                stopping = true;
                Pin::new(&mut server).graceful_shutdown();
            }
        }
    }
    let stream = server.into_parts().io.into_inner();
    if reset.load(Ordering::Relaxed)
        && let Err(error) = stream.set_zero_linger()
    {
        debug!(%error, "no reset, only a close");
    }
}
