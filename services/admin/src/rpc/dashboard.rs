use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::dashboard_service_server::DashboardService;
use xlcfi_identity::admit;

use super::{Answer, Answers};
use crate::{Ctx, convert, dashboard};

/// How the platform stands.
#[derive(Clone)]
pub struct Dashboards(pub Ctx);

#[tonic::async_trait]
impl DashboardService for Dashboards {
    async fn get_dashboard(
        &self,
        request: Request<pb::GetDashboardRequest>,
    ) -> Answer<pb::GetDashboardResponse> {
        admit(request)?;
        let seen = dashboard::look(&self.0).await?;
        let dashboard = Some(convert::dashboard_message(seen, self.0.clock.now()));
        Ok(Response::new(pb::GetDashboardResponse { dashboard }))
    }

    type WatchDashboardStream = Answers<pb::WatchDashboardResponse>;

    async fn watch_dashboard(
        &self,
        request: Request<pb::WatchDashboardRequest>,
    ) -> Answer<Self::WatchDashboardStream> {
        admit(request)?;
        let clock = self.0.clock.clone();
        let seen = self.0.board.watch(self.0.clone());
        let answers = seen.map_ok(move |seen| pb::WatchDashboardResponse {
            dashboard: Some(convert::dashboard_message(seen, clock.now())),
        });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }
}
