use time::Duration;
use tonic::{Request, Response};
use xlcfi_contracts::ai::v1::advice_service_server::AdviceService;
use xlcfi_contracts::ai::v1::{
    AnalyzePriceRequest, AnalyzePriceResponse, ForecastDemandRequest, ForecastDemandResponse,
    ListAnomaliesRequest, ListAnomaliesResponse,
};
use xlcfi_contracts::types::v1::{Money, Role};
use xlcfi_errors::{Fault, Invalid};
use xlcfi_identity::admit;
use xlcfi_types::calendar::seoul_date;

use super::Answer;
use crate::error::Error;
use crate::peers::Food;
use crate::sale::by_day;
use crate::store::{anomalies, sales};
use crate::{Ctx, convert, demand, price};

/// Days of sales a forecast is made from.
const HISTORY: Duration = Duration::days(400);
/// Days ahead when none are asked for.
const USUAL_DAYS: i32 = 14;
/// A price that a whole number of won can be, and no more.
const MOST_WON: i64 = 1_000_000_000_000;

/// `xlcfi.ai.v1.AdviceService`.
#[derive(Debug)]
pub struct Advice(pub Ctx);

fn ahead(days: i32) -> i32 {
    if days == 0 { USUAL_DAYS } else { days }
}

fn food(request: &AnalyzePriceRequest) -> Result<Food, Error> {
    let name = request.item_name.trim();
    match (request.product_id.is_empty(), name.is_empty()) {
        (false, _) => Ok(Food::Product(convert::uuid("product_id", &request.product_id)?)),
        (true, false) => Ok(Food::Named(name.to_owned())),
        (true, true) => Err(Invalid::field("item_name", "must be given, or product_id").into()),
    }
}

fn price_of(money: Option<&Money>) -> Result<i64, Error> {
    let won = money
        .filter(|money| money.currency_code == "KRW")
        .map(|money| money.minor_units);
    won.filter(|won| (1..=MOST_WON).contains(won))
        .ok_or(Error::PriceInvalid)
}

#[tonic::async_trait]
impl AdviceService for Advice {
    async fn analyze_price(&self, request: Request<AnalyzePriceRequest>) -> Answer<AnalyzePriceResponse> {
        let (_, request) = admit(request)?;
        let food = food(&request)?;
        let current = price_of(request.current_price.as_ref())?;
        let series = self.0.peers.series(&food).await?;
        let answer = self
            .0
            .peers
            .forecast(&series.series_id, ahead(request.days))
            .await?;
        let market = convert::market(&series, &answer)?;
        let judged = price::judge(&market, current);
        Ok(Response::new(convert::price_analysis(
            series, answer, market, judged,
        )))
    }

    async fn forecast_demand(
        &self,
        request: Request<ForecastDemandRequest>,
    ) -> Answer<ForecastDemandResponse> {
        let (caller, request) = admit(request)?;
        let product_id = convert::uuid("product_id", &request.product_id).map_err(Error::from)?;
        // Product says whose it is.
        let lots = self.0.peers.lots(caller.user()?, product_id).await?;
        let today = seoul_date(self.0.clock.now());
        let sold = sales::by_day(self.0.database.pool(), product_id, today - HISTORY).await;
        let days = by_day(&sold.map_err(Error::from)?, today - Duration::DAY);
        let (known, ahead) = (days.len(), usize::try_from(ahead(request.days)).unwrap_or(1));
        let made = tokio::task::spawn_blocking(move || demand::forecast(days, ahead)).await;
        let outlook = made.map_err(|error| Error::Fault(Fault::bug(error)))??;
        let plan = demand::plan(&outlook, &lots, today);
        Ok(Response::new(convert::demand(
            product_id, today, known, &outlook, &plan,
        )))
    }

    async fn list_anomalies(&self, request: Request<ListAnomaliesRequest>) -> Answer<ListAnomaliesResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let staff = user.has_role(Role::Admin) || user.has_role(Role::Catalogue);
        let seller_id = (!staff).then(|| user.id.uuid());
        let product_id = match &*request.product_id {
            "" => None,
            text => Some(convert::uuid("product_id", text).map_err(Error::from)?),
        };
        let page = convert::page(request.page_size, &request.page_token).map_err(Error::from)?;
        let listed = anomalies::list(self.0.database.pool(), seller_id, product_id, &page).await;
        let mut found = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |anomaly| (anomaly.create_time, anomaly.anomaly_id));
        Ok(Response::new(ListAnomaliesResponse {
            anomalies: found.into_iter().map(convert::anomaly).collect(),
            next_page_token,
        }))
    }
}
