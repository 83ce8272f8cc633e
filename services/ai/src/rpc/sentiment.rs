use tonic::{Request, Response};
use xlcfi_contracts::ai::v1::sentiment_service_server::SentimentService;
use xlcfi_contracts::ai::v1::{
    AnalyzeReviewRequest, AnalyzeReviewResponse, GetProductSentimentRequest, GetProductSentimentResponse,
};
use xlcfi_identity::admit;

use super::Answer;
use crate::error::Error;
use crate::store::opinions;
use crate::{Ctx, convert, keyword, sentiment};

/// `xlcfi.ai.v1.SentimentService`.
#[derive(Debug)]
pub struct Sentiments(pub Ctx);

#[tonic::async_trait]
impl SentimentService for Sentiments {
    async fn analyze_review(&self, request: Request<AnalyzeReviewRequest>) -> Answer<AnalyzeReviewResponse> {
        let (_, request) = admit(request)?;
        Ok(Response::new(convert::analysed(&sentiment::analyse(
            &request.text,
        ))))
    }

    async fn get_product_sentiment(
        &self,
        request: Request<GetProductSentimentRequest>,
    ) -> Answer<GetProductSentimentResponse> {
        let (_, request) = admit(request)?;
        let product_id = convert::uuid("product_id", &request.product_id).map_err(Error::from)?;
        let db = self.0.database.pool();
        let tallies = opinions::tally(db, product_id).await.map_err(Error::from)?;
        let words = opinions::words(db, product_id).await.map_err(Error::from)?;
        let all = opinions::read(db).await.map_err(Error::from)?;
        let own = tallies.get(&None).map_or(0, |tally| tally.reviews());
        let keywords = keyword::telling(words, own, all);
        Ok(Response::new(convert::product_sentiment(
            product_id, &tallies, keywords,
        )))
    }
}
