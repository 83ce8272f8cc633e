//! `grpc.health.v1` of the whole mesh: the edge's own, and that of each service behind.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::routes::Routes;
use crate::upstream::Upstream;

/// A service that does not say in time is not serving.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells how the mesh is.
#[derive(Debug)]
pub struct MeshHealth {
    pub routes: Arc<Routes>,
    pub stop: CancellationToken,
}

impl MeshHealth {
    /// The service a name means and what to ask it: `order` means all of it.
    fn behind(&self, name: &str) -> Result<(&Arc<Upstream>, HealthCheckRequest), Status> {
        let upstream = self
            .routes
            .home(name)
            .ok_or_else(|| Status::not_found("no such service"))?;
        let service = if upstream.name == name {
            String::new()
        } else {
            name.to_owned()
        };
        Ok((upstream, HealthCheckRequest { service }))
    }

    fn own(&self) -> HealthCheckResponse {
        answer(if self.stop.is_cancelled() {
            ServingStatus::NotServing
        } else {
            ServingStatus::Serving
        })
    }
}

#[tonic::async_trait]
impl Health for MeshHealth {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let name = request.into_inner().service;
        if name.is_empty() {
            return Ok(Response::new(self.own()));
        }
        let (upstream, ask) = self.behind(&name)?;
        match timeout(PATIENCE, HealthClient::new(upstream.peer()).check(ask)).await {
            Ok(Ok(response)) => Ok(Response::new(response.into_inner())),
            Ok(Err(_)) | Err(_) => Ok(Response::new(answer(ServingStatus::NotServing))),
        }
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let name = request.into_inner().service;
        if name.is_empty() {
            let stop = self.stop.clone();
            let end = stream::once(async move {
                stop.cancelled().await;
                Ok(answer(ServingStatus::NotServing))
            });
            return Ok(Response::new(stream::iter([Ok(self.own())]).chain(end).boxed()));
        }
        let (upstream, ask) = self.behind(&name)?;
        match timeout(PATIENCE, HealthClient::new(upstream.peer()).watch(ask)).await {
            Ok(Ok(response)) => Ok(Response::new(response.into_inner().boxed())),
            Ok(Err(_)) | Err(_) => Ok(Response::new(
                stream::iter([Ok(answer(ServingStatus::NotServing))]).boxed(),
            )),
        }
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}
