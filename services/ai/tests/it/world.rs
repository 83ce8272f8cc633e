//! An ai service with market, product and review played by the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use prost_types::Timestamp;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::ai::v1::advice_service_client::AdviceServiceClient;
use xlcfi_contracts::ai::v1::sentiment_service_client::SentimentServiceClient;
use xlcfi_contracts::market::v1::market_service_server::MarketServiceServer;
use xlcfi_contracts::market::v1::{Forecast, Series};
use xlcfi_contracts::order::v1::{Order, OrderConfirmed, OrderLine};
use xlcfi_contracts::product::v1::lot_service_server::LotServiceServer;
use xlcfi_contracts::product::v1::{ListLotsRequest, ListLotsResponse, Lot};
use xlcfi_contracts::review::v1::review_service_server::ReviewServiceServer;
use xlcfi_contracts::review::v1::{GetReviewRequest, GetReviewResponse, Review};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Fake, Harness, eventually, seller};

use crate::market::Market;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// What the others know.
#[derive(Debug, Default)]
pub struct Others {
    pub away: bool,
    pub series: Vec<Series>,
    pub forecast: Forecast,
    pub refusal: Option<Status>,
    pub reviews: HashMap<String, String>,
    /// Lots by product, of the one seller.
    pub lots: HashMap<String, Vec<Lot>>,
}

pub type Known = Arc<Mutex<Others>>;

pub struct World {
    pub harness: Harness,
    pub known: Known,
    pub seller: User,
    _fakes: [Fake; 3],
}

impl World {
    pub async fn start() -> Self {
        let (known, owner) = (Known::default(), seller());
        let market = Fake::serve(MarketServiceServer::new(Market(known.clone()))).await;
        let (knows, owner_id) = (known.clone(), owner.id);
        let product = Fake::answering_for::<LotServiceServer<()>, _, _, _>(
            "ListLots",
            move |user, asked: ListLotsRequest| {
                let known = knows.lock().unwrap();
                let lots = known
                    .lots
                    .get(&asked.product_id)
                    .filter(|_| user == Some(owner_id))
                    .cloned();
                let answer = match lots {
                    _ if known.away => Err(Status::unavailable("product is away")),
                    None => Err(Status::not_found("no such product")),
                    Some(lots) => Ok(ListLotsResponse {
                        lots,
                        next_page_token: String::new(),
                    }),
                };
                async move { answer }
            },
        )
        .await;
        let knows = known.clone();
        let review = Fake::answering::<ReviewServiceServer<()>, _, _, _>(
            "GetReview",
            move |asked: GetReviewRequest| {
                let known = knows.lock().unwrap();
                let answer = match known.reviews.get(&asked.review_id) {
                    _ if known.away => Err(Status::unavailable("review is away")),
                    None => Err(Status::not_found("no such review")),
                    Some(text) => Ok(GetReviewResponse {
                        review: Some(Review {
                            review_id: asked.review_id,
                            text: text.clone(),
                            ..Default::default()
                        }),
                    }),
                };
                async move { answer }
            },
        )
        .await;
        let peers = [("market", &market), ("product", &product), ("review", &review)];
        let harness = Harness::start_with(xlcfi_ai::SERVICE, &peers, xlcfi_ai::start).await;
        Self {
            harness,
            known,
            seller: owner,
            _fakes: [market, product, review],
        }
    }

    pub fn sentiments(&self) -> SentimentServiceClient<Calling> {
        SentimentServiceClient::new(self.harness.anonymous())
    }

    pub fn advice(&self, user: &User) -> AdviceServiceClient<Calling> {
        AdviceServiceClient::new(self.harness.as_user(user))
    }

    /// Now, some days ago.
    pub fn days_ago(&self, days: i64) -> Timestamp {
        Timestamp {
            seconds: self.harness.now().unix_timestamp() - days * DAY,
            nanos: 0,
        }
    }

    /// An order that bought so much of a product.
    pub fn order(&self, product_id: Uuid, units: i64) -> Order {
        Order {
            order_id: Uuid::now_v7().to_string(),
            member_id: Uuid::now_v7().to_string(),
            lines: vec![OrderLine {
                product_id: product_id.to_string(),
                name: "감자 5kg".into(),
                seller_id: self.seller.id.to_string(),
                quantity: units,
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    /// Tells an order that was confirmed some days ago, and gives its key.
    pub async fn sold(&self, order: Order, days_ago: i64) -> Uuid {
        let key: Uuid = order.order_id.parse().unwrap();
        let fact = OrderConfirmed {
            order: Some(order),
            time: Some(self.days_ago(days_ago)),
        };
        self.harness.deliver("order", key, 1, &fact).await;
        key
    }

    /// Waits until the events of `key` are applied up to this one.
    pub async fn applied(&self, key: Uuid, version: i64) {
        eventually(async || {
            let query = sqlx::query_scalar::<_, i64>("select version from events.position where key = $1");
            let applied = query.bind(key).fetch_optional(self.harness.pool()).await.unwrap();
            applied.filter(|applied| *applied >= version)
        })
        .await;
    }

    /// Waits until a message of this type is parked.
    pub async fn parked(&self, type_name: &str) {
        eventually(async || {
            let parked = self.harness.parked().await;
            parked.into_iter().find(|(parked, _)| parked == type_name)
        })
        .await;
    }
}
