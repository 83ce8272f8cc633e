use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::product::v1::recall_service_server::RecallService;
use xlcfi_contracts::product::v1::{
    GetRecallRequest, GetRecallResponse, HoldForRecallRequest, HoldForRecallResponse, LiftRecallRequest,
    LiftRecallResponse, ListRecalledOrdersRequest, ListRecalledOrdersResponse, ListRecallsRequest,
    ListRecallsResponse, ScanRecallRequest, ScanRecallResponse,
};
use xlcfi_identity::admit;

use super::Answer;
use crate::convert::{self, id, page, request_id};
use crate::error::Error;
use crate::flows::recalls;
use crate::scan::{Wanted, scan};
use crate::{Ctx, store};

/// Goods that must not be sold.
#[derive(Debug, Clone)]
pub struct Recalls(pub Ctx);

#[tonic::async_trait]
impl RecallService for Recalls {
    async fn hold_for_recall(&self, request: Request<HoldForRecallRequest>) -> Answer<HoldForRecallResponse> {
        let (caller, request) = admit(request)?;
        let request_id = request_id(&request.request_id)?;
        let scope = convert::scope(request.scope.unwrap_or_default())?;
        let actor = caller.user()?.id;
        let recall = recalls::hold(&self.0, actor, scope, request.reason, request_id).await?;
        Ok(Response::new(HoldForRecallResponse {
            recall: Some(convert::recall_message(recall)),
        }))
    }

    async fn lift_recall(&self, request: Request<LiftRecallRequest>) -> Answer<LiftRecallResponse> {
        let (caller, request) = admit(request)?;
        let id = id("recall_id", &request.recall_id)?;
        let recall = recalls::lift(&self.0, caller.user()?.id, id, &request.reason).await?;
        Ok(Response::new(LiftRecallResponse {
            recall: Some(convert::recall_message(recall)),
        }))
    }

    async fn get_recall(&self, request: Request<GetRecallRequest>) -> Answer<GetRecallResponse> {
        let (_, request) = admit(request)?;
        let recall = recalls::get(&self.0, id("recall_id", &request.recall_id)?).await?;
        Ok(Response::new(GetRecallResponse {
            recall: Some(convert::recall_message(recall)),
        }))
    }

    async fn list_recalls(&self, request: Request<ListRecallsRequest>) -> Answer<ListRecallsResponse> {
        let (_, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let recalls = store::recalls::list(self.0.database.pool(), &page).await;
        let mut recalls = recalls.map_err(Error::from)?;
        let next_page_token = page.finish(&mut recalls, |recall| {
            (recall.create_time, recall.recall_id.uuid())
        });
        Ok(Response::new(ListRecallsResponse {
            recalls: recalls.into_iter().map(convert::recall_message).collect(),
            next_page_token,
        }))
    }

    async fn list_recalled_orders(
        &self,
        request: Request<ListRecalledOrdersRequest>,
    ) -> Answer<ListRecalledOrdersResponse> {
        let (_, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let id = id("recall_id", &request.recall_id)?;
        let recall = recalls::get(&self.0, id).await?;
        let after = page.after.map(|token| token.id).unwrap_or_default();
        // Whole orders only, so that a page ends between two of them.
        let taken = store::recalls::taken_after(self.0.database.pool(), id, after, page.fetch_limit()).await;
        let taken = taken.map_err(Error::from)?;
        let mut orders: Vec<Vec<_>> = taken
            .chunk_by(|a, b| a.order_id == b.order_id)
            .map(<[_]>::to_vec)
            .collect();
        let order_id =
            |order: &Vec<crate::recall::Taken>| order.first().map_or(Uuid::nil(), |line| line.order_id);
        let next_page_token = page.finish(&mut orders, |order| (recall.create_time, order_id(order)));
        Ok(Response::new(ListRecalledOrdersResponse {
            orders: orders.iter().flatten().map(convert::taken_message).collect(),
            next_page_token,
        }))
    }

    type ScanRecallStream = BoxStream<'static, Result<ScanRecallResponse, Status>>;

    async fn scan_recall(&self, request: Request<ScanRecallRequest>) -> Answer<Self::ScanRecallStream> {
        let (_, request) = admit(request)?;
        let wanted = if request.recall_ids.is_empty() {
            let scopes = request.scopes.into_iter().map(convert::scope);
            Wanted::Named(scopes.collect::<Result<_, _>>()?)
        } else {
            let ids = request.recall_ids.iter().map(|text| id("recall_ids", text));
            let ids = ids.collect::<Result<Vec<_>, _>>()?;
            for id in &ids {
                recalls::get(&self.0, *id).await?;
            }
            Wanted::Held(ids.into_iter().map(xlcfi_types::Id::uuid).collect())
        };
        let answers = scan(self.0.clone(), wanted);
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }
}
