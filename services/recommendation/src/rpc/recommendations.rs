use tonic::{Request, Response};
use xlcfi_contracts::recommendation::v1::recommendation_service_server::RecommendationService;
use xlcfi_contracts::recommendation::v1::{
    GetRecommendationsRequest, GetRecommendationsResponse, GetSimilarProductsRequest,
    GetSimilarProductsResponse, RecordInteractionsRequest, RecordInteractionsResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{User, admit};

use super::Answer;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::interaction::MemberId;
use crate::serve;

/// `xlcfi.recommendation.v1.RecommendationService`.
#[derive(Debug)]
pub struct Recommendations(pub Ctx);

/// For whom a caller may ask: themselves, and anybody when they support members.
fn whom(user: &User, member_id: &str) -> Result<MemberId, Error> {
    let supports = [Role::Support, Role::Catalogue, Role::Admin];
    match convert::optional_id("member_id", member_id)? {
        Some(id) if id != user.id && !supports.into_iter().any(|role| user.has_role(role)) => {
            Err(Error::MemberNotFound)
        }
        Some(id) => Ok(id),
        None => Ok(user.id),
    }
}

#[tonic::async_trait]
impl RecommendationService for Recommendations {
    async fn get_recommendations(
        &self,
        request: Request<GetRecommendationsRequest>,
    ) -> Answer<GetRecommendationsResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let member_id = whom(user, &request.member_id)?;
        let (avoid, days) = (request.avoid_allergens(), request.minimum_remaining_days);
        let wanted =
            convert::wanted(request.limit, avoid, days, &request.category_id).map_err(Error::from)?;
        let served = serve::recommend(&self.0, member_id, member_id == user.id, &wanted).await;
        Ok(Response::new(served.into()))
    }

    async fn get_similar_products(
        &self,
        request: Request<GetSimilarProductsRequest>,
    ) -> Answer<GetSimilarProductsResponse> {
        let (_, request) = admit(request)?;
        let product = convert::uuid("product_id", &request.product_id).map_err(Error::from)?;
        let (avoid, days) = (request.avoid_allergens(), request.minimum_remaining_days);
        let wanted = convert::wanted(request.limit, avoid, days, "").map_err(Error::from)?;
        let offers = serve::similar(&self.0, product, &wanted)?;
        let (algorithm, recommendations) = convert::recommendations(offers);
        Ok(Response::new(GetSimilarProductsResponse {
            recommendations,
            algorithm: algorithm.into(),
        }))
    }

    async fn record_interactions(
        &self,
        request: Request<RecordInteractionsRequest>,
    ) -> Answer<RecordInteractionsResponse> {
        let (caller, request) = admit(request)?;
        let acts = convert::acts(&request.interactions).map_err(Error::from)?;
        let request_id = convert::request_id(&request.request_id).map_err(Error::from)?;
        let member_id = caller.user()?.id;
        let recorded = flows::interactions::record(&self.0, member_id, &acts, request_id).await?;
        Ok(Response::new(RecordInteractionsResponse { recorded }))
    }
}
