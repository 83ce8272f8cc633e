//! The open port: HTTP/1.1 and HTTP/2 without TLS, side by side.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tracing::{debug, info, warn};
use xlcfi_service::StartError;

use crate::SERVICE;
use crate::config::EdgeSettings;
use crate::edge::Parts;

/// Most connections at a time.
const CONNECTIONS: usize = 10_000;

/// How long a connection may take to say something, and HTTP/1.1 headers to arrive.
const SILENCE: Duration = Duration::from_secs(20);

/// After this a connection takes no more requests, so that load spreads anew.
const AGE: Duration = Duration::from_secs(1_800);

/// Bytes of headers in one request.
const HEADERS: u32 = 16 << 10;

/// How long work at hand may go on after the stop.
const GRACE: Duration = Duration::from_secs(10);

/// The edge, ready to serve.
pub struct Edge {
    parts: Arc<Parts>,
}

/// Makes an edge of these settings, which serves until `stop` is cancelled.
/// Nothing behind it needs to be there yet.
///
/// # Errors
/// A setting or a contract that makes no sense.
pub async fn start(settings: EdgeSettings, stop: CancellationToken) -> Result<Edge, StartError> {
    let parts = Arc::new(Parts::new(settings, stop.clone())?);
    if parts.routes.look_at_tokens() {
        let keeper = parts.clone();
        tokio::spawn(async move { keeper.users.keep(stop).await });
    }
    Ok(Edge { parts })
}

impl Edge {
    /// Opens the port of the settings.
    ///
    /// # Errors
    /// It is taken.
    pub async fn bind(&self) -> Result<TcpListener, StartError> {
        let EdgeSettings { host, port, .. } = &self.parts.settings;
        TcpListener::bind((host.as_str(), *port))
            .await
            .map_err(|error| StartError::Listen(format!("{host}:{port}"), error, SERVICE.prefix()))
    }

    /// Serves until the stop; then no more connections are taken, and what is
    /// at hand has 10 seconds to end.
    ///
    /// # Errors
    /// The listener is none.
    pub async fn serve(self, listener: TcpListener) -> Result<(), StartError> {
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Other(error.to_string()))?;
        info!(service = SERVICE.name, %address, "serving");
        let stop = self.parts.stop.clone();
        let (tasks, cut) = (TaskTracker::new(), CancellationToken::new());
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, or the client left already.
                    warn!(error = %error, "no connection");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(place) = room.clone().try_acquire_owned() else {
                debug!("too many connections");
                continue;
            };
            let (parts, cut) = (self.parts.clone(), cut.clone());
            tasks.spawn(async move {
                let _place = place;
                cut.run_until_cancelled(converse(parts, stream, peer)).await;
            });
        }
        drop(listener);
        tasks.close();
        if timeout(GRACE, tasks.wait()).await.is_err() {
            info!(
                service = SERVICE.name,
                "stopped before all work at hand was finished"
            );
            cut.cancel();
            tasks.wait().await;
        }
        Ok(())
    }
}

async fn converse(parts: Arc<Parts>, stream: TcpStream, peer: SocketAddr) {
    // Nagle's algorithm delays small frames; a socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    if !matches!(timeout(SILENCE, stream.readable()).await, Ok(Ok(()))) {
        return;
    }
    let stop = parts.stop.clone();
    let answer = service_fn(move |request: Request<Incoming>| {
        let parts = parts.clone();
        async move { Ok::<_, Infallible>(parts.answer(peer.ip(), request.map(Body::new)).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(HEADERS as usize)
        .max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(HEADERS)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { tokio::select! { () = stop.cancelled() => {}, () = sleep(AGE) => {} } } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = ?error, "connection ended");
    }
}
