//! What this service asks of others, and what their failures mean here.

use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::market::v1::market_service_client::MarketServiceClient;
use xlcfi_contracts::market::v1::{
    ForecastPriceRequest, ForecastPriceResponse, ListItemsRequest, PriceLevel, Series,
};
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::{ListLotsRequest, LotState};
use xlcfi_contracts::review::v1::GetReviewRequest;
use xlcfi_contracts::review::v1::review_service_client::ReviewServiceClient;
use xlcfi_errors::reason_of;
use xlcfi_identity::{User, on_behalf_of};
use xlcfi_service::{Peer, StartError};

use crate::convert;
use crate::demand::Lot;
use crate::error::Error;

/// Series and lots asked for at once.
const PAGE: i32 = 100;
/// Pages of lots that are read at most.
const PAGES: usize = 20;

/// Which prices are asked about.
#[derive(Debug, Clone)]
pub enum Food {
    Product(Uuid),
    Named(String),
}

/// Market, product and review, as ai asks them.
#[derive(Debug, Clone)]
pub struct Peers {
    market: MarketServiceClient<Peer>,
    lots: LotServiceClient<Peer>,
    reviews: ReviewServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            market: MarketServiceClient::new(peers.channel("market")?),
            lots: LotServiceClient::new(peers.channel("product")?),
            reviews: ReviewServiceClient::new(peers.channel("review")?),
        })
    }

    /// The series a price is compared with: of a product what is paid here for it; of a
    /// name the one with the most days, what households pay before other levels.
    pub async fn series(&self, food: &Food) -> Result<Series, Error> {
        let mut request = ListItemsRequest {
            page_size: PAGE,
            ..Default::default()
        };
        match food {
            Food::Product(id) => {
                request.product_id = id.to_string();
                request.level = PriceLevel::Traded.into();
            }
            Food::Named(name) => request.query.clone_from(name),
        }
        let answer = self.market.clone().list_items(request).await;
        let known = answer.map_err(|_| Error::MarketUnavailable)?.into_inner().series;
        let of_food = known.into_iter().filter(|series| match food {
            Food::Product(id) => series.kind_code == id.to_string(),
            Food::Named(_) => true,
        });
        let best = of_food.max_by_key(|series| (series.level() == PriceLevel::Retail, series.days));
        best.ok_or(Error::SeriesNotFound)
    }

    /// What a series is expected to do.
    pub async fn forecast(&self, series_id: &str, days: i32) -> Result<ForecastPriceResponse, Error> {
        let request = ForecastPriceRequest {
            series_id: series_id.to_owned(),
            days,
        };
        let answer = self.market.clone().forecast_price(request).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| market(&status))
    }

    /// Lots of a product of this user that may be sold, in the order they leave.
    pub async fn lots(&self, user: &User, product_id: Uuid) -> Result<Vec<Lot>, Error> {
        let mut lots = Vec::new();
        let mut page_token = String::new();
        for _ in 0..PAGES {
            let request = ListLotsRequest {
                product_id: product_id.to_string(),
                page_size: PAGE,
                page_token,
            };
            let answer = self
                .lots
                .clone()
                .list_lots(on_behalf_of(request, user))
                .await
                .map_err(|status| product(&status))?;
            let page = answer.into_inner();
            let sold = page
                .lots
                .iter()
                .filter(|lot| lot.state() == LotState::Available && lot.on_hand > 0);
            lots.extend(sold.map(convert::lot));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        Ok(lots)
    }

    /// What a published review says; `None` when nobody may read it any more.
    pub async fn review_text(&self, review_id: Uuid) -> Result<Option<String>, Error> {
        let request = GetReviewRequest {
            review_id: review_id.to_string(),
        };
        match self.reviews.clone().get_review(request).await {
            Ok(answer) => Ok(answer.into_inner().review.map(|review| review.text)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(_) => Err(Error::ReviewUnavailable),
        }
    }
}

fn market(status: &Status) -> Error {
    match reason_of(status).as_deref() {
        Some("SERIES_NOT_FOUND") => Error::SeriesNotFound,
        Some("TOO_FEW_PRICES") => Error::TooFewPrices,
        Some("HORIZON_TOO_LONG") => Error::HorizonTooLong,
        _ => Error::MarketUnavailable,
    }
}

fn product(status: &Status) -> Error {
    match status.code() {
        Code::NotFound => Error::ProductNotFound,
        _ => Error::ProductUnavailable,
    }
}
