use tokio::task::spawn_blocking;
use tonic::{Request, Response};
use xlcfi_contracts::product::v1::search_service_server::SearchService;
use xlcfi_contracts::product::v1::{
    self, ListUnansweredQueriesRequest, ListUnansweredQueriesResponse, SearchProductsRequest,
    SearchProductsResponse, SuggestProductsRequest, SuggestProductsResponse,
};
use xlcfi_errors::{Fault, Invalid};
use xlcfi_identity::admit;
use xlcfi_search::{Index, Suggestion};
use xlcfi_types::calendar::seoul_date;

use super::Answer;
use crate::convert;
use crate::error::Error;
use crate::index::{Serving, Unanswered};
use crate::{Ctx, store};

/// How many suggestions are made when it is not told.
const SUGGESTIONS: usize = 8;

/// The query side.
#[derive(Debug, Clone)]
pub struct Search {
    pub ctx: Ctx,
    pub serving: Serving,
    pub unanswered: Unanswered,
}

impl Search {
    /// Asks the index, away from the threads that serve connections.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, xlcfi_search::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let index = self.serving.get()?;
        let asked = spawn_blocking(move || question(&index))
            .await
            .map_err(Fault::bug)?;
        asked.map_err(|error| match error {
            xlcfi_search::Error::PageToken => Invalid::field(
                "page_token",
                "must be that of the page before, with the same search",
            )
            .into(),
            error => Fault::bug(error).into(),
        })
    }
}

#[tonic::async_trait]
impl SearchService for Search {
    async fn search_products(
        &self,
        request: Request<SearchProductsRequest>,
    ) -> Answer<SearchProductsResponse> {
        let (_, request) = admit(request)?;
        let text = request.query.clone();
        let query = convert::query(request, seoul_date(self.ctx.clock.now()))?;
        let plain = query.filter.is_empty() && query.after.is_none();
        let answer = self.ask(move |index| index.search(&query)).await?;
        if plain && (answer.total == 0 || answer.corrected_query.is_some()) {
            self.unanswered.note(&text);
        }
        Ok(Response::new(convert::answer_message(answer)?))
    }

    async fn suggest_products(
        &self,
        request: Request<SuggestProductsRequest>,
    ) -> Answer<SuggestProductsResponse> {
        let (_, request) = admit(request)?;
        let limit = usize::try_from(request.limit).unwrap_or(0);
        let limit = if limit == 0 { SUGGESTIONS } else { limit };
        let suggestions = self.ask(move |index| index.suggest(&request.text, limit)).await?;
        let message = |suggestion: Suggestion| v1::Suggestion {
            text: suggestion.text,
            highlighted: suggestion.highlighted,
            products: i64::try_from(suggestion.products).unwrap_or(i64::MAX),
            correction: suggestion.correction,
        };
        Ok(Response::new(SuggestProductsResponse {
            suggestions: suggestions.into_iter().map(message).collect(),
        }))
    }

    async fn list_unanswered_queries(
        &self,
        request: Request<ListUnansweredQueriesRequest>,
    ) -> Answer<ListUnansweredQueriesResponse> {
        let (_, request) = admit(request)?;
        let (since, limit) = convert::unanswered_page(&request, seoul_date(self.ctx.clock.now()));
        let listed = store::unanswered::list(self.ctx.database.pool(), since, limit).await;
        let queries = listed.map_err(Error::from)?.into_iter();
        Ok(Response::new(ListUnansweredQueriesResponse {
            queries: queries.map(convert::unanswered_message).collect(),
        }))
    }
}
