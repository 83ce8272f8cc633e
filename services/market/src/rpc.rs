//! The gRPC methods: who calls, what is meant, the flow, the answer.

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use time::{Date, Duration};
use tonic::{Request, Response, Status};
use xlcfi_contracts::market::v1 as pb;
use xlcfi_contracts::market::v1::market_service_server::MarketService;
use xlcfi_errors::{Fault, fields};
use xlcfi_identity::admit;

use crate::chart::{Ahead, Plot};
use crate::error::Error;
use crate::series::Series;
use crate::{Ctx, chart, convert, flows, forecasts, pixels, store, watch};

/// Days answered at once.
const MOST_PRICES: i64 = 1_100;
/// Days ahead when none are asked for.
const USUAL_DAYS: i32 = 14;
/// Days back of a chart when none are asked for.
const USUAL_DAYS_BACK: i32 = 90;
/// Older prices say nothing of other regions now.
const STILL_COMPARED: Duration = Duration::days(14);

/// `xlcfi.market.v1.MarketService`.
#[derive(Debug)]
pub struct Market(pub Ctx);

type Answer<M> = Result<Response<M>, Status>;

impl Market {
    async fn series(&self, id: &str) -> Result<Series, Error> {
        let id = fields::uuid("series_id", id)?;
        store::series::get(self.0.database.pool(), id)
            .await?
            .ok_or(Error::SeriesNotFound)
    }

    /// What a chart shows of the days to come; nothing when they cannot be told.
    async fn ahead(&self, series: &Series, days: i32) -> Result<Vec<Ahead>, Error> {
        if days == 0 {
            return Ok(Vec::new());
        }
        match forecasts::get(&self.0, series, days).await {
            Ok(forecast) => Ok(forecast.points.iter().filter_map(convert::ahead).collect()),
            Err(Error::TooFewPrices { .. } | Error::HorizonTooLong { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

#[tonic::async_trait]
impl MarketService for Market {
    async fn list_items(&self, request: Request<pb::ListItemsRequest>) -> Answer<pb::ListItemsResponse> {
        let (_, request) = admit(request)?;
        let page = fields::page(request.page_size, &request.page_token)?;
        let found = store::series::list(self.0.database.pool(), &convert::wanted(&request)?, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |series| (series.create_time, series.series_id));
        let series = found.iter().map(convert::series).collect();
        Ok(Response::new(pb::ListItemsResponse {
            series,
            next_page_token,
        }))
    }

    async fn get_price_series(
        &self,
        request: Request<pb::GetPriceSeriesRequest>,
    ) -> Answer<pb::GetPriceSeriesResponse> {
        let (_, request) = admit(request)?;
        let series = self.series(&request.series_id).await?;
        let to = fields::optional_date("to_date", &request.to_date)?.unwrap_or(series.last_date);
        let from = fields::optional_date("from_date", &request.from_date)?.unwrap_or_else(|| back(to, 365));
        let pool = self.0.database.pool();
        let prices = store::prices::list(pool, series.series_id, from, to, MOST_PRICES).await;
        Ok(Response::new(pb::GetPriceSeriesResponse {
            series: Some(convert::series(&series)),
            prices: prices
                .map_err(Error::from)?
                .iter()
                .map(convert::day_price)
                .collect(),
        }))
    }

    async fn forecast_price(
        &self,
        request: Request<pb::ForecastPriceRequest>,
    ) -> Answer<pb::ForecastPriceResponse> {
        let (_, request) = admit(request)?;
        let series = self.series(&request.series_id).await?;
        let forecast = forecasts::get(&self.0, &series, or(request.days, USUAL_DAYS)).await?;
        Ok(Response::new(pb::ForecastPriceResponse {
            series: Some(convert::series(&series)),
            forecast: Some(forecast),
        }))
    }

    async fn compare_regions(
        &self,
        request: Request<pb::CompareRegionsRequest>,
    ) -> Answer<pb::CompareRegionsResponse> {
        let (_, request) = admit(request)?;
        let (series, pool) = (self.series(&request.series_id).await?, self.0.database.pool());
        let mut all = store::series::regions(pool, &series.subject)
            .await
            .map_err(Error::from)?;
        let latest = all
            .iter()
            .map(|one| one.last_date)
            .max()
            .unwrap_or(series.last_date);
        all.retain(|one| latest - one.last_date <= STILL_COMPARED);
        let before = store::prices::week_before(pool, &all)
            .await
            .map_err(Error::from)?;
        let mean = convert::mean_of_regions(&all);
        let region = |one: &Series| convert::region(one, mean, before.get(&one.series_id).copied());
        Ok(Response::new(pb::CompareRegionsResponse {
            series: Some(convert::series(&series)),
            mean: mean.map(|mean| convert::won(mean.round() as i64)),
            regions: all.iter().map(region).collect(),
        }))
    }

    async fn get_price_chart(
        &self,
        request: Request<pb::GetPriceChartRequest>,
    ) -> Answer<pb::GetPriceChartResponse> {
        let (_, request) = admit(request)?;
        let series = self.series(&request.series_id).await?;
        let from = back(series.last_date, or(request.days_back, USUAL_DAYS_BACK).max(7));
        let pool = self.0.database.pool();
        let prices = store::prices::list(pool, series.series_id, from, series.last_date, MOST_PRICES).await;
        let ahead = self.ahead(&series, request.days_ahead).await?;
        let plot = Plot::of(&prices.map_err(Error::from)?, &ahead).ok_or(Error::SeriesNotFound)?;
        let chart = match request.format() {
            pb::ChartFormat::Png => {
                let drawn = pixels::png(&plot).map_err(|error| Error::from(Fault::bug(error)))?;
                convert::body("image/png", drawn)
            }
            _ => convert::body("image/svg+xml", chart::svg(&series, &plot).into_bytes()),
        };
        Ok(Response::new(pb::GetPriceChartResponse { chart }))
    }

    async fn set_price_watch(
        &self,
        request: Request<pb::SetPriceWatchRequest>,
    ) -> Answer<pb::SetPriceWatchResponse> {
        let (caller, request) = admit(request)?;
        let (seller_id, product_id) = (
            caller.user()?.id.uuid(),
            fields::uuid("product_id", &request.product_id)?,
        );
        let series_id = fields::uuid("series_id", &request.series_id)?;
        let set = flows::watches::set(
            &self.0,
            seller_id,
            product_id,
            series_id,
            request.tolerance_percent,
        )
        .await?;
        let watch = Some(convert::watch(&set));
        Ok(Response::new(pb::SetPriceWatchResponse { watch }))
    }

    async fn remove_price_watch(
        &self,
        request: Request<pb::RemovePriceWatchRequest>,
    ) -> Answer<pb::RemovePriceWatchResponse> {
        let (caller, request) = admit(request)?;
        let (seller_id, product_id) = (
            caller.user()?.id.uuid(),
            fields::uuid("product_id", &request.product_id)?,
        );
        let removed = store::watches::remove(self.0.database.pool(), seller_id, product_id).await;
        if !removed.map_err(Error::from)? {
            return Err(Error::PriceWatchNotFound.into());
        }
        Ok(Response::new(pb::RemovePriceWatchResponse {}))
    }

    async fn list_price_watches(
        &self,
        request: Request<pb::ListPriceWatchesRequest>,
    ) -> Answer<pb::ListPriceWatchesResponse> {
        let (caller, request) = admit(request)?;
        let page = fields::page(request.page_size, &request.page_token)?;
        let found = store::watches::list(self.0.database.pool(), caller.user()?.id.uuid(), &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |watch| (watch.create_time, watch.product_id));
        let watches = found.iter().map(convert::watch).collect();
        Ok(Response::new(pb::ListPriceWatchesResponse {
            watches,
            next_page_token,
        }))
    }

    async fn list_price_alerts(
        &self,
        request: Request<pb::ListPriceAlertsRequest>,
    ) -> Answer<pb::ListPriceAlertsResponse> {
        let (caller, request) = admit(request)?;
        let page = fields::page(request.page_size, &request.page_token)?;
        let product_id = fields::optional_uuid("product_id", &request.product_id)?;
        let pool = self.0.database.pool();
        let found = store::alerts::list(pool, caller.user()?.id.uuid(), product_id, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |alert| (alert.create_time, alert.alert_id));
        let alerts = found.iter().map(convert::alert).collect();
        Ok(Response::new(pb::ListPriceAlertsResponse {
            alerts,
            next_page_token,
        }))
    }

    type WatchPriceAlertsStream = BoxStream<'static, Result<pb::WatchPriceAlertsResponse, Status>>;

    async fn watch_price_alerts(
        &self,
        request: Request<pb::WatchPriceAlertsRequest>,
    ) -> Answer<Self::WatchPriceAlertsStream> {
        let (caller, request) = admit(request)?;
        let (seller_id, pool) = (caller.user()?.id.uuid(), self.0.database.pool());
        let changes = self.0.watchers.subscribe(seller_id);
        let place = match fields::optional_uuid("after_alert_id", &request.after_alert_id)? {
            None => store::alerts::last_place(pool, seller_id)
                .await
                .map_err(Error::from)?,
            Some(after) => {
                let place = store::alerts::place_of(pool, seller_id, after).await;
                place.map_err(Error::from)?.ok_or(Error::PriceAlertNotFound)?
            }
        };
        let alerts = watch::watch(self.0.clone(), seller_id, place, changes);
        let answers = alerts.map_ok(|alert| pb::WatchPriceAlertsResponse {
            alert: Some(convert::alert(&alert)),
        });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }
}

fn or(asked: i32, usual: i32) -> i32 {
    if asked == 0 { usual } else { asked }
}

fn back(day: Date, days: i32) -> Date {
    day.saturating_sub(Duration::days(i64::from(days)))
}
