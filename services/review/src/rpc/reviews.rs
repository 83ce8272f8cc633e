use tonic::{Request, Response};
use xlcfi_contracts::review::v1::review_service_server::ReviewService;
use xlcfi_contracts::review::v1::{
    self as proto, AppealDecisionRequest, AppealDecisionResponse, CreateReviewRequest, CreateReviewResponse,
    GetRatingSummaryRequest, GetRatingSummaryResponse, GetReviewRequest, GetReviewResponse,
    ListLotRatingsRequest, ListLotRatingsResponse, ListMyReviewsRequest, ListMyReviewsResponse,
    ListProductReviewsRequest, ListProductReviewsResponse, ListReceivedReviewsRequest,
    ListReceivedReviewsResponse, ListReviewableLinesRequest, ListReviewableLinesResponse,
    ReportReviewRequest, ReportReviewResponse, SetReplyRequest, SetReplyResponse, UnvoteHelpfulRequest,
    UnvoteHelpfulResponse, UpdateReviewRequest, UpdateReviewResponse, VoteHelpfulRequest,
    VoteHelpfulResponse, WithdrawReviewRequest, WithdrawReviewResponse,
};
use xlcfi_identity::admit;
use xlcfi_types::Id;

use super::Answer;
use crate::Ctx;
use crate::convert::{self, Viewer};
use crate::error::Error;
use crate::flows::{moderation, opinions, reviews};
use crate::lots;
use crate::review::{Report, Review, State};
use crate::store::{self, lists, purchases, summaries};

/// Most lots told at once.
const MOST_LOTS: usize = 100;

/// `xlcfi.review.v1.ReviewService`.
#[derive(Debug)]
pub struct Reviews(pub Ctx);

fn review_id(text: &str) -> Result<Id<Review>, Error> {
    Ok(convert::id("review_id", text)?)
}

impl Reviews {
    fn message(&self, review: Review, viewer: Viewer) -> proto::Review {
        convert::review(review, viewer, self.0.config.edit_time())
    }

    fn messages(&self, reviews: Vec<Review>, viewer: Viewer) -> Vec<proto::Review> {
        let reviews = reviews.into_iter();
        reviews.map(|review| self.message(review, viewer)).collect()
    }
}

#[tonic::async_trait]
impl ReviewService for Reviews {
    async fn list_reviewable_lines(
        &self,
        request: Request<ListReviewableLinesRequest>,
    ) -> Answer<ListReviewableLinesResponse> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let listed = purchases::reviewable(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut lines = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut lines, |(line, place)| (line.deliver_time, *place));
        let lines = lines.into_iter().map(|(line, _)| convert::reviewable_line(line));
        Ok(Response::new(ListReviewableLinesResponse {
            lines: lines.collect(),
            next_page_token,
        }))
    }

    async fn create_review(&self, request: Request<CreateReviewRequest>) -> Answer<CreateReviewResponse> {
        let (caller, request) = admit(request)?;
        let new = convert::new_review(request).map_err(Error::from)?;
        let author_id = caller.user()?.id;
        let review = reviews::create(&self.0, author_id, new).await?;
        Ok(Response::new(CreateReviewResponse {
            review: Some(self.message(review, Viewer::Member(author_id))),
        }))
    }

    async fn get_review(&self, request: Request<GetReviewRequest>) -> Answer<GetReviewResponse> {
        let (caller, request) = admit(request)?;
        let viewer = caller
            .user()
            .map_or(Viewer::Anyone, |user| Viewer::Member(user.id));
        let found = store::reviews::get(self.0.database.pool(), review_id(&request.review_id)?).await;
        let review = found
            .map_err(Error::from)?
            .filter(|review| review.state == State::Published || viewer == Viewer::Member(review.author_id));
        let review = review.ok_or(Error::ReviewNotFound)?;
        Ok(Response::new(GetReviewResponse {
            review: Some(self.message(review, viewer)),
        }))
    }

    async fn update_review(&self, request: Request<UpdateReviewRequest>) -> Answer<UpdateReviewResponse> {
        let (caller, request) = admit(request)?;
        let (author_id, review_id) = (caller.user()?.id, review_id(&request.review_id)?);
        let said = convert::said(
            request.rating,
            request.dimensions,
            &request.text,
            &request.image_ids,
        );
        let said = said.map_err(Error::from)?;
        let review = reviews::update(&self.0, author_id, review_id, said, request.version).await?;
        Ok(Response::new(UpdateReviewResponse {
            review: Some(self.message(review, Viewer::Member(author_id))),
        }))
    }

    async fn withdraw_review(
        &self,
        request: Request<WithdrawReviewRequest>,
    ) -> Answer<WithdrawReviewResponse> {
        let (caller, request) = admit(request)?;
        reviews::withdraw(&self.0, caller.user()?.id, review_id(&request.review_id)?).await?;
        Ok(Response::new(WithdrawReviewResponse {}))
    }

    async fn list_product_reviews(
        &self,
        request: Request<ListProductReviewsRequest>,
    ) -> Answer<ListProductReviewsResponse> {
        let (_, request) = admit(request)?;
        let product_id = convert::id("product_id", &request.product_id).map_err(Error::from)?;
        let listing = convert::listing(
            request.order(),
            request.stars,
            request.with_images,
            request.page_size,
            &request.page_token,
        );
        let listing = listing.map_err(Error::from)?;
        let listed = lists::of_product(self.0.database.pool(), product_id, &listing).await;
        let mut found = listed.map_err(Error::from)?;
        let next_page_token = listing.finish(&mut found);
        Ok(Response::new(ListProductReviewsResponse {
            reviews: self.messages(found, Viewer::Anyone),
            next_page_token,
        }))
    }

    async fn get_rating_summary(
        &self,
        request: Request<GetRatingSummaryRequest>,
    ) -> Answer<GetRatingSummaryResponse> {
        let (_, request) = admit(request)?;
        let product_id = convert::id("product_id", &request.product_id).map_err(Error::from)?;
        let summary = summaries::get(self.0.database.pool(), product_id).await;
        Ok(Response::new(GetRatingSummaryResponse {
            summary: Some(convert::summary(product_id, &summary.map_err(Error::from)?)),
        }))
    }

    async fn list_my_reviews(&self, request: Request<ListMyReviewsRequest>) -> Answer<ListMyReviewsResponse> {
        let (caller, request) = admit(request)?;
        let author_id = caller.user()?.id;
        let listing = convert::listing(
            request.order(),
            request.stars,
            request.with_images,
            request.page_size,
            &request.page_token,
        );
        let listing = listing.map_err(Error::from)?;
        let listed = lists::of_author(self.0.database.pool(), author_id, &listing).await;
        let mut found = listed.map_err(Error::from)?;
        let next_page_token = listing.finish(&mut found);
        Ok(Response::new(ListMyReviewsResponse {
            reviews: self.messages(found, Viewer::Member(author_id)),
            next_page_token,
        }))
    }

    async fn list_received_reviews(
        &self,
        request: Request<ListReceivedReviewsRequest>,
    ) -> Answer<ListReceivedReviewsResponse> {
        let (caller, request) = admit(request)?;
        let listing = convert::listing(
            request.order(),
            request.stars,
            request.with_images,
            request.page_size,
            &request.page_token,
        );
        let listing = listing.map_err(Error::from)?;
        let listed = lists::of_seller(self.0.database.pool(), caller.user()?.id, &listing).await;
        let mut found = listed.map_err(Error::from)?;
        let next_page_token = listing.finish(&mut found);
        Ok(Response::new(ListReceivedReviewsResponse {
            reviews: self.messages(found, Viewer::Anyone),
            next_page_token,
        }))
    }

    async fn list_lot_ratings(
        &self,
        request: Request<ListLotRatingsRequest>,
    ) -> Answer<ListLotRatingsResponse> {
        let (caller, request) = admit(request)?;
        let product_id = convert::id("product_id", &request.product_id).map_err(Error::from)?;
        let db = self.0.database.pool();
        let summary = summaries::get(db, product_id).await.map_err(Error::from)?;
        let lots = summaries::lots(db, caller.user()?.id, product_id).await;
        let lots = lots.map_err(Error::from)?;
        let compared = lots::compare(lots, &summary.tally, self.0.config.lot_ratings);
        Ok(Response::new(ListLotRatingsResponse {
            lots: compared.iter().take(MOST_LOTS).map(convert::lot_rating).collect(),
        }))
    }

    async fn vote_helpful(&self, request: Request<VoteHelpfulRequest>) -> Answer<VoteHelpfulResponse> {
        let (caller, request) = admit(request)?;
        let review_id = review_id(&request.review_id)?;
        let helpful = opinions::vote(&self.0, caller.user()?.id, review_id).await?;
        Ok(Response::new(VoteHelpfulResponse { helpful }))
    }

    async fn unvote_helpful(&self, request: Request<UnvoteHelpfulRequest>) -> Answer<UnvoteHelpfulResponse> {
        let (caller, request) = admit(request)?;
        let review_id = review_id(&request.review_id)?;
        let helpful = opinions::unvote(&self.0, caller.user()?.id, review_id).await?;
        Ok(Response::new(UnvoteHelpfulResponse { helpful }))
    }

    async fn report_review(&self, request: Request<ReportReviewRequest>) -> Answer<ReportReviewResponse> {
        let (caller, request) = admit(request)?;
        let report = Report {
            kind: convert::report_kind(request.kind()).map_err(Error::from)?,
            text: request.text.trim().to_owned(),
            create_time: self.0.clock.now(),
        };
        let review_id = review_id(&request.review_id)?;
        opinions::report(&self.0, caller.user()?.id, review_id, report).await?;
        Ok(Response::new(ReportReviewResponse {}))
    }

    async fn set_reply(&self, request: Request<SetReplyRequest>) -> Answer<SetReplyResponse> {
        let (caller, request) = admit(request)?;
        let text = convert::words("text", &request.text).map_err(Error::from)?;
        let review_id = review_id(&request.review_id)?;
        let review = opinions::reply(&self.0, caller.user()?.id, review_id, text).await?;
        Ok(Response::new(SetReplyResponse {
            review: Some(self.message(review, Viewer::Anyone)),
        }))
    }

    async fn appeal_decision(
        &self,
        request: Request<AppealDecisionRequest>,
    ) -> Answer<AppealDecisionResponse> {
        let (caller, request) = admit(request)?;
        let text = convert::words("text", &request.text).map_err(Error::from)?;
        let (author_id, review_id) = (caller.user()?.id, review_id(&request.review_id)?);
        let review = moderation::appeal(&self.0, author_id, review_id, text).await?;
        Ok(Response::new(AppealDecisionResponse {
            review: Some(self.message(review, Viewer::Member(author_id))),
        }))
    }
}
