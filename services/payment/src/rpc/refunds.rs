use tonic::{Request, Response};
use xlcfi_contracts::payment::v1::refund_service_server::RefundService;
use xlcfi_contracts::payment::v1::{
    CreateRefundRequest, CreateRefundResponse, DecideRefundRequest, DecideRefundResponse, GetRefundRequest,
    GetRefundResponse, ListRefundsRequest, ListRefundsResponse,
};
use xlcfi_identity::admit;

use super::{Reply, seen_by};
use crate::Ctx;
use crate::convert::{asked, decision, id, optional_id, page, refund_message, refund_state, request_id};
use crate::error::Error;
use crate::flows;
use crate::store::refunds;

/// Refunds.
#[derive(Debug, Clone)]
pub struct Refunds(pub Ctx);

#[tonic::async_trait]
impl RefundService for Refunds {
    async fn create_refund(&self, request: Request<CreateRefundRequest>) -> Reply<CreateRefundResponse> {
        let (_, request) = admit(request)?;
        let request_id = request_id(&request.request_id)?;
        let refund = flows::refunds::create(&self.0, asked(request)?, request_id).await?;
        Ok(Response::new(CreateRefundResponse {
            refund: Some(refund_message(&refund)),
        }))
    }

    async fn get_refund(&self, request: Request<GetRefundRequest>) -> Reply<GetRefundResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let refund_id = id("refund_id", &request.refund_id)?;
        let found = refunds::get(self.0.database.pool(), seen_by(user), refund_id).await;
        let refund = found.map_err(Error::from)?.ok_or(Error::RefundNotFound)?;
        Ok(Response::new(GetRefundResponse {
            refund: Some(refund_message(&refund)),
        }))
    }

    async fn list_refunds(&self, request: Request<ListRefundsRequest>) -> Reply<ListRefundsResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let page = page(request.page_size, &request.page_token)?;
        let order_id = optional_id("order_id", &request.order_id)?;
        let (pool, state) = (self.0.database.pool(), refund_state(request.state()));
        let found = refunds::list(pool, seen_by(user), order_id, state, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |refund| (refund.create_time, refund.refund_id.uuid()));
        Ok(Response::new(ListRefundsResponse {
            refunds: found.iter().map(refund_message).collect(),
            next_page_token,
        }))
    }

    async fn decide_refund(&self, request: Request<DecideRefundRequest>) -> Reply<DecideRefundResponse> {
        let (_, request) = admit(request)?;
        let refund_id = id("refund_id", &request.refund_id)?;
        let (version, note) = (request.version, request.note.clone());
        let decision = decision(request.decision(), request.receive_account)?;
        let refund = flows::refunds::decide(&self.0, refund_id, version, decision, &note).await?;
        Ok(Response::new(DecideRefundResponse {
            refund: Some(refund_message(&refund)),
        }))
    }
}
