use tonic::{Request, Response};
use uuid::Uuid;
use xlcfi_contracts::review::v1::moderation_service_server::ModerationService;
use xlcfi_contracts::review::v1::{
    DecideAppealRequest, DecideAppealResponse, DecideReviewRequest, DecideReviewResponse,
    GetModerationCaseRequest, GetModerationCaseResponse, ListModerationQueueRequest,
    ListModerationQueueResponse, ModerationCase,
};
use xlcfi_identity::admit;

use super::Answer;
use crate::Ctx;
use crate::convert::{self, Viewer, id};
use crate::error::Error;
use crate::flows::moderation;
use crate::moderation::{Case, Wish};
use crate::review::MemberId;
use crate::store::lists;

/// `xlcfi.review.v1.ModerationService`.
#[derive(Debug)]
pub struct Moderation(pub Ctx);

impl Moderation {
    fn case(&self, case: Case) -> Option<ModerationCase> {
        Some(convert::case(case, self.0.config.edit_time()))
    }
}

fn wish(
    actor_id: MemberId,
    publish: bool,
    reason: &str,
    version: i64,
    request_id: &str,
) -> Result<Wish, Error> {
    let request_id: Option<Uuid> = convert::request_id(request_id)?;
    Ok(Wish {
        actor_id,
        publish,
        reason: convert::words("reason", reason)?,
        version,
        request_id,
    })
}

#[tonic::async_trait]
impl ModerationService for Moderation {
    async fn list_moderation_queue(
        &self,
        request: Request<ListModerationQueueRequest>,
    ) -> Answer<ListModerationQueueResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let kind = convert::queue(request.kind());
        let listed = lists::queue(self.0.database.pool(), kind, &page).await;
        let mut reviews = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut reviews, |review| {
            (
                review.queue_time.unwrap_or(review.create_time),
                review.review_id.uuid(),
            )
        });
        let edit = self.0.config.edit_time();
        let reviews = reviews.into_iter();
        Ok(Response::new(ListModerationQueueResponse {
            reviews: reviews
                .map(|review| convert::review(review, Viewer::Moderator, edit))
                .collect(),
            next_page_token,
        }))
    }

    async fn get_moderation_case(
        &self,
        request: Request<GetModerationCaseRequest>,
    ) -> Answer<GetModerationCaseResponse> {
        let (_, request) = admit(request)?;
        let review_id = id("review_id", &request.review_id).map_err(Error::from)?;
        let moderation_case = self.case(moderation::case(&self.0, review_id).await?);
        Ok(Response::new(GetModerationCaseResponse { moderation_case }))
    }

    async fn decide_review(&self, request: Request<DecideReviewRequest>) -> Answer<DecideReviewResponse> {
        let (caller, request) = admit(request)?;
        let review_id = id("review_id", &request.review_id).map_err(Error::from)?;
        let wish = wish(
            caller.user()?.id,
            request.publish,
            &request.reason,
            request.version,
            &request.request_id,
        )?;
        let moderation_case = self.case(moderation::decide(&self.0, review_id, wish).await?);
        Ok(Response::new(DecideReviewResponse { moderation_case }))
    }

    async fn decide_appeal(&self, request: Request<DecideAppealRequest>) -> Answer<DecideAppealResponse> {
        let (caller, request) = admit(request)?;
        let review_id = id("review_id", &request.review_id).map_err(Error::from)?;
        let wish = wish(
            caller.user()?.id,
            request.publish,
            &request.reason,
            request.version,
            &request.request_id,
        )?;
        let moderation_case = self.case(moderation::decide_appeal(&self.0, review_id, wish).await?);
        Ok(Response::new(DecideAppealResponse { moderation_case }))
    }
}
