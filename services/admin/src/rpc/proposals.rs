use tonic::{Request, Response};
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::proposal_service_server::ProposalService;
use xlcfi_identity::admit;

use super::Answer;
use crate::error::Error;
use crate::{Ctx, convert, flows, store};

/// What needs a second person.
#[derive(Clone)]
pub struct Proposals(pub Ctx);

#[tonic::async_trait]
impl ProposalService for Proposals {
    async fn propose_role(
        &self,
        request: Request<pb::ProposeRoleRequest>,
    ) -> Answer<pb::ProposeRoleResponse> {
        let (caller, request) = admit(request)?;
        let (by, request_id) = (caller.user()?, convert::request_id(&request.request_id)?);
        let wanted = convert::role_proposal(by, request, &self.0.config, self.0.clock.now())?;
        let proposal = flows::proposals::propose(&self.0, by, wanted, request_id).await?;
        Ok(Response::new(pb::ProposeRoleResponse {
            proposal: Some(convert::proposal_message(&proposal)),
        }))
    }

    async fn propose_refund(
        &self,
        request: Request<pb::ProposeRefundRequest>,
    ) -> Answer<pb::ProposeRefundResponse> {
        let (caller, request) = admit(request)?;
        let (by, request_id) = (caller.user()?, convert::request_id(&request.request_id)?);
        let wanted = convert::refund_proposal(by, request, &self.0.config, self.0.clock.now())?;
        let proposal = flows::proposals::propose(&self.0, by, wanted, request_id).await?;
        Ok(Response::new(pb::ProposeRefundResponse {
            proposal: Some(convert::proposal_message(&proposal)),
        }))
    }

    async fn propose_point_correction(
        &self,
        request: Request<pb::ProposePointCorrectionRequest>,
    ) -> Answer<pb::ProposePointCorrectionResponse> {
        let (caller, request) = admit(request)?;
        let (by, request_id) = (caller.user()?, convert::request_id(&request.request_id)?);
        let wanted = convert::point_proposal(by, request, &self.0.config, self.0.clock.now())?;
        let proposal = flows::proposals::propose(&self.0, by, wanted, request_id).await?;
        Ok(Response::new(pb::ProposePointCorrectionResponse {
            proposal: Some(convert::proposal_message(&proposal)),
        }))
    }

    async fn get_proposal(
        &self,
        request: Request<pb::GetProposalRequest>,
    ) -> Answer<pb::GetProposalResponse> {
        let (_, request) = admit(request)?;
        let id = convert::id("proposal_id", &request.proposal_id)?;
        let proposal = flows::proposals::get(&self.0, id).await?;
        Ok(Response::new(pb::GetProposalResponse {
            proposal: Some(convert::proposal_message(&proposal)),
        }))
    }

    async fn list_proposals(
        &self,
        request: Request<pb::ListProposalsRequest>,
    ) -> Answer<pb::ListProposalsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let state = convert::proposal_state(request.state());
        let listed = store::proposals::list(self.0.database.pool(), state, &page).await;
        let mut proposals = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut proposals, |proposal| {
            (proposal.create_time, proposal.proposal_id.uuid())
        });
        Ok(Response::new(pb::ListProposalsResponse {
            proposals: proposals.iter().map(convert::proposal_message).collect(),
            next_page_token,
        }))
    }

    async fn decide_proposal(
        &self,
        request: Request<pb::DecideProposalRequest>,
    ) -> Answer<pb::DecideProposalResponse> {
        let (caller, request) = admit(request)?;
        let id = convert::id("proposal_id", &request.proposal_id)?;
        let by = caller.user()?;
        let decided = flows::proposals::decide(&self.0, by, id, request.approve, &request.reason).await?;
        Ok(Response::new(pb::DecideProposalResponse {
            proposal: Some(convert::proposal_message(&decided)),
        }))
    }
}
