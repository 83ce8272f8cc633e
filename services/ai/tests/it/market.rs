//! Market, as ai asks it, played by the test.

use tonic::codegen::tokio_stream;
use tonic::{Request, Response, Status};
use xlcfi_contracts::market::v1::market_service_server::MarketService;
use xlcfi_contracts::market::v1::{
    CompareRegionsRequest, CompareRegionsResponse, ForecastPriceRequest, ForecastPriceResponse,
    GetPriceChartRequest, GetPriceChartResponse, GetPriceSeriesRequest, GetPriceSeriesResponse,
    ListItemsRequest, ListItemsResponse, ListPriceAlertsRequest, ListPriceAlertsResponse,
    ListPriceWatchesRequest, ListPriceWatchesResponse, RemovePriceWatchRequest, RemovePriceWatchResponse,
    SetPriceWatchRequest, SetPriceWatchResponse, WatchPriceAlertsRequest, WatchPriceAlertsResponse,
};

use crate::world::Known;

type Answer<M> = Result<Response<M>, Status>;

pub struct Market(pub Known);

fn none<M>() -> Answer<M> {
    Err(Status::unimplemented("not a part of this test"))
}

#[tonic::async_trait]
impl MarketService for Market {
    type WatchPriceAlertsStream = tokio_stream::Empty<Result<WatchPriceAlertsResponse, Status>>;

    async fn list_items(&self, request: Request<ListItemsRequest>) -> Answer<ListItemsResponse> {
        let asked = request.into_inner();
        let known = self.0.lock().unwrap();
        if known.away {
            return Err(Status::unavailable("market is away"));
        }
        let fits = |series: &&xlcfi_contracts::market::v1::Series| {
            (asked.query.is_empty() || series.item_name.contains(&asked.query))
                && (asked.product_id.is_empty() || series.kind_code == asked.product_id)
        };
        Ok(Response::new(ListItemsResponse {
            series: known.series.iter().filter(fits).cloned().collect(),
            next_page_token: String::new(),
        }))
    }

    async fn forecast_price(&self, request: Request<ForecastPriceRequest>) -> Answer<ForecastPriceResponse> {
        let asked = request.into_inner();
        let known = self.0.lock().unwrap();
        if let Some(refusal) = &known.refusal {
            return Err(refusal.clone());
        }
        let mut forecast = known.forecast.clone();
        forecast.points.truncate(usize::try_from(asked.days).unwrap());
        Ok(Response::new(ForecastPriceResponse {
            series: known
                .series
                .iter()
                .find(|series| series.series_id == asked.series_id)
                .cloned(),
            forecast: Some(forecast),
        }))
    }

    async fn get_price_series(&self, _: Request<GetPriceSeriesRequest>) -> Answer<GetPriceSeriesResponse> {
        none()
    }

    async fn compare_regions(&self, _: Request<CompareRegionsRequest>) -> Answer<CompareRegionsResponse> {
        none()
    }

    async fn get_price_chart(&self, _: Request<GetPriceChartRequest>) -> Answer<GetPriceChartResponse> {
        none()
    }

    async fn set_price_watch(&self, _: Request<SetPriceWatchRequest>) -> Answer<SetPriceWatchResponse> {
        none()
    }

    async fn remove_price_watch(
        &self,
        _: Request<RemovePriceWatchRequest>,
    ) -> Answer<RemovePriceWatchResponse> {
        none()
    }

    async fn list_price_watches(
        &self,
        _: Request<ListPriceWatchesRequest>,
    ) -> Answer<ListPriceWatchesResponse> {
        none()
    }

    async fn list_price_alerts(&self, _: Request<ListPriceAlertsRequest>) -> Answer<ListPriceAlertsResponse> {
        none()
    }

    async fn watch_price_alerts(
        &self,
        _: Request<WatchPriceAlertsRequest>,
    ) -> Answer<Self::WatchPriceAlertsStream> {
        none()
    }
}
