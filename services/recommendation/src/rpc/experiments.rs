use tonic::{Request, Response};
use xlcfi_contracts::recommendation::v1::experiment_service_server::ExperimentService;
use xlcfi_contracts::recommendation::v1::{
    GetExperimentRequest, GetExperimentResponse, ListExperimentsRequest, ListExperimentsResponse,
    StartExperimentRequest, StartExperimentResponse, StopExperimentRequest, StopExperimentResponse,
};
use xlcfi_identity::admit;

use super::Answer;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::store::experiments;

/// `xlcfi.recommendation.v1.ExperimentService`.
#[derive(Debug)]
pub struct Experiments(pub Ctx);

#[tonic::async_trait]
impl ExperimentService for Experiments {
    async fn start_experiment(
        &self,
        request: Request<StartExperimentRequest>,
    ) -> Answer<StartExperimentResponse> {
        let (caller, request) = admit(request)?;
        let new = convert::experiment(&request, caller.user()?.id.uuid()).map_err(Error::from)?;
        let started = flows::experiments::start(&self.0, new).await?;
        let experiment = Some(convert::experiment_of(&started));
        Ok(Response::new(StartExperimentResponse { experiment }))
    }

    async fn stop_experiment(
        &self,
        request: Request<StopExperimentRequest>,
    ) -> Answer<StopExperimentResponse> {
        let (_, request) = admit(request)?;
        let id = convert::id("experiment_id", &request.experiment_id).map_err(Error::from)?;
        let stopped = flows::experiments::stop(&self.0, id).await?;
        let experiment = Some(convert::experiment_of(&stopped));
        Ok(Response::new(StopExperimentResponse { experiment }))
    }

    async fn get_experiment(&self, request: Request<GetExperimentRequest>) -> Answer<GetExperimentResponse> {
        let (_, request) = admit(request)?;
        let id = convert::id("experiment_id", &request.experiment_id).map_err(Error::from)?;
        let db = self.0.database.pool();
        let found = experiments::get(db, id).await.map_err(Error::from)?;
        let experiment = found.ok_or(Error::ExperimentNotFound)?;
        let outcomes = experiments::outcomes(db, id).await.map_err(Error::from)?;
        Ok(Response::new(convert::outcomes(&experiment, outcomes)))
    }

    async fn list_experiments(
        &self,
        request: Request<ListExperimentsRequest>,
    ) -> Answer<ListExperimentsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let listed = experiments::list(self.0.database.pool(), &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |one| (one.create_time, one.experiment_id.uuid()));
        let experiments = listed.iter().map(convert::experiment_of).collect();
        Ok(Response::new(ListExperimentsResponse {
            experiments,
            next_page_token,
        }))
    }
}
