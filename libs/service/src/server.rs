use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Layer as _, Service as TowerService, ServiceExt};
use tracing::info;
use xlcfi_contracts::{DESCRIPTORS, POOL, policy};
use xlcfi_events::{Consumer, Handler, Relay, Stream};

use crate::{Base, StartError, Traced, direct, telemetry};

/// Largest message a service or the edge sends or takes, in bytes.
pub const MESSAGE_LIMIT: usize = 4 << 20;

/// How long work at hand may go on after the stop.
const GRACE: Duration = Duration::from_secs(10);

/// One service: its gRPC methods, and what runs beside them.
pub struct Server {
    base: Base,
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    tasks: TaskTracker,
}

impl Server {
    /// A server that serves nothing yet, beyond health, reflection and metrics;
    /// the relay of its outbox runs.
    pub fn new(base: Base) -> Self {
        let tasks = TaskTracker::new();
        let relay = Relay::new(base.service.name, base.database.clone(), base.bus.clone());
        tasks.spawn(relay.run(base.stop.clone()));
        Self {
            base,
            routes: Routes::builder(),
            names: Vec::new(),
            tasks,
        }
    }

    /// Serves a generated gRPC service.
    #[must_use]
    pub fn grpc<S>(mut self, service: S) -> Self
    where
        S: TowerService<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Applies the messages of a stream, under the service's name.
    #[must_use]
    pub fn consume<H: Handler>(self, stream: Stream, handler: H) -> Self {
        let consumer = Consumer::new(self.base.service.name, stream, handler);
        self.tasks.spawn(consumer.run(
            self.base.database.clone(),
            self.base.bus.clone(),
            self.base.stop.clone(),
        ));
        self
    }

    /// Applies the messages of type `M` that a stream carries, under a name of their
    /// own: other messages of the stream neither wait for them nor are waited for.
    #[must_use]
    pub fn consume_only<M: prost::Name, H: Handler>(
        self,
        name: &'static str,
        stream: Stream,
        handler: H,
    ) -> Self {
        let consumer = Consumer::new(name, stream, handler).only::<M>();
        self.tasks.spawn(consumer.run(
            self.base.database.clone(),
            self.base.bus.clone(),
            self.base.stop.clone(),
        ));
        self
    }

    /// Runs a job until the token it gets is cancelled.
    #[must_use]
    pub fn job<F>(self, job: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(job(self.base.stop.clone()));
        self
    }

    /// Listens where the settings say.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(&self) -> Result<TcpListener, StartError> {
        let (host, port) = &self.base.listen;
        let failed = |error| StartError::Listen(format!("{host}:{port}"), error, self.base.service.prefix());
        TcpListener::bind((host.as_str(), *port)).await.map_err(failed)
    }

    /// Serves until the stop, then lets work at hand finish for 10 seconds.
    ///
    /// # Errors
    /// A method without policy, or the listener fails.
    pub async fn serve(mut self, listener: TcpListener) -> Result<(), StartError> {
        for name in &self.names {
            policy::require(&POOL, name)?;
        }
        if self.base.direct {
            let keys = direct::keep_keys(
                self.base.peers.channel("auth")?,
                self.base.user_keys.clone(),
                self.base.stop.clone(),
            );
            self.tasks.spawn(keys);
        }
        let (health, health_service) = tonic_health::server::health_reporter();
        self.routes.add_service(health_service);
        self.routes.add_service(reflection(&self.names)?);
        for name in self.names.iter().copied().chain([""]) {
            health
                .set_service_status(name, tonic_health::ServingStatus::Serving)
                .await;
        }
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Other(error.to_string()))?;
        info!(service = self.base.service.name, %address, "serving");

        let connections =
            usize::try_from(self.base.database.pool().options().get_max_connections()).unwrap_or(1);
        let Base {
            service, gate, stop, ..
        } = self.base;
        // More calls at a time than this would only wait for each other's
        // connections; in line they leave room for consumers and relay.
        let line = GlobalConcurrencyLimitLayer::new(2 * connections);
        let grpc = self.routes.routes().prepare().into_axum_router().layer(line);
        let gated = Traced::new(service.name, gate.layer(grpc));
        let gated = ServiceExt::<Request<axum::body::Body>>::map_response(gated, |response: Response<_>| {
            response.map(axum::body::Body::new)
        });
        let app = Router::new()
            .route("/metrics", get(|| async { telemetry::metrics_page() }))
            .fallback_service(gated);
        let signal = {
            let (stop, names) = (stop.clone(), self.names);
            async move {
                stop.cancelled().await;
                for name in names.into_iter().chain([""]) {
                    health
                        .set_service_status(name, tonic_health::ServingStatus::NotServing)
                        .await;
                }
            }
        };
        // An answer is several small writes; Nagle's algorithm would hold the
        // later ones back for 40 ms. The builder's own setting is for other listeners.
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serving = tonic::transport::Server::builder()
            .accept_http1(true)
            .max_concurrent_streams(1_000)
            .http2_max_header_list_size(16 << 10)
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            .add_routes(Routes::from(app))
            .serve_with_incoming_shutdown(incoming, signal);
        let overdue = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = serving => served.map_err(|error| StartError::Other(format!("the server failed: {error}")))?,
            () = overdue => {}
        }
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            info!(
                service = service.name,
                "stopped before all work at hand was finished"
            );
        }
        Ok(())
    }
}

/// Reflection of the served names only, over the descriptors of all contracts.
fn reflection(
    names: &[&'static str],
) -> Result<
    tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>,
    StartError,
> {
    let mut builder =
        tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
    for name in names {
        builder = builder.with_service_name(*name);
    }
    builder
        .build_v1()
        .map_err(|error| StartError::Other(format!("reflection: {error}")))
}
