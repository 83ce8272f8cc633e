use tonic::{Request, Response};
use xlcfi_contracts::recommendation::v1::model_service_server::ModelService;
use xlcfi_contracts::recommendation::v1::{
    GetModelRequest, GetModelResponse, ListModelsRequest, ListModelsResponse, TrainModelRequest,
    TrainModelResponse,
};
use xlcfi_identity::admit;

use super::Answer;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::store::models;

/// `xlcfi.recommendation.v1.ModelService`.
#[derive(Debug)]
pub struct Models(pub Ctx);

#[tonic::async_trait]
impl ModelService for Models {
    async fn list_models(&self, request: Request<ListModelsRequest>) -> Answer<ListModelsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let mut listed = models::list(self.0.database.pool(), &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |model| (model.create_time, model.model_id.uuid()));
        let models = listed.iter().map(convert::model).collect();
        Ok(Response::new(ListModelsResponse {
            models,
            next_page_token,
        }))
    }

    async fn get_model(&self, request: Request<GetModelRequest>) -> Answer<GetModelResponse> {
        let (_, request) = admit(request)?;
        let id = convert::id("model_id", &request.model_id).map_err(Error::from)?;
        let found = models::get(self.0.database.pool(), id)
            .await
            .map_err(Error::from)?;
        let model = Some(convert::model(&found.ok_or(Error::ModelNotFound)?));
        Ok(Response::new(GetModelResponse { model }))
    }

    async fn train_model(&self, request: Request<TrainModelRequest>) -> Answer<TrainModelResponse> {
        let (caller, request) = admit(request)?;
        let kind = convert::training(request.algorithm()).map_err(Error::from)?;
        let request_id = convert::request_id(&request.request_id).map_err(Error::from)?;
        let requester_id = caller.user()?.id.uuid();
        let model = flows::models::ask(&self.0, kind, Some(requester_id), request_id).await?;
        let model = Some(convert::model(&model));
        Ok(Response::new(TrainModelResponse { model }))
    }
}
