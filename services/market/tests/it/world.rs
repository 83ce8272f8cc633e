//! A market service that was told prices, orders and products.

use prost_types::Timestamp;
use time::macros::date;
use time::{Date, Duration};
use uuid::Uuid;
use xlcfi_contracts::convert;
use xlcfi_contracts::etl::v1::{PriceLevel, PricesSurveyed, SurveyedPrice};
use xlcfi_contracts::market::v1::market_service_client::MarketServiceClient;
use xlcfi_contracts::market::v1::{
    GetPriceSeriesRequest, ListItemsRequest, ListPriceAlertsRequest, PriceAlert, PriceWatch, Series,
    SetPriceWatchRequest,
};
use xlcfi_contracts::order::v1::{Order, OrderConfirmed, OrderLine};
use xlcfi_contracts::product::v1::{PriceLadder, PriceRung, Product, ProductPublished};
use xlcfi_contracts::types::v1::{Money, Quantity, Unit};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Harness, eventually, seller};

pub type Client = MarketServiceClient<Calling>;

/// The day the harness's clock begins, in Korea.
pub const TODAY: Date = date!(2026 - 11 - 22);
pub const NOW: Timestamp = Timestamp {
    seconds: 1_795_305_600,
    nanos: 0,
};

pub struct World {
    pub harness: Harness,
    pub seller: User,
}

impl World {
    pub async fn start() -> Self {
        Self {
            harness: Harness::start(xlcfi_market::SERVICE, xlcfi_market::start).await,
            seller: seller(),
        }
    }

    pub fn anyone(&self) -> Client {
        MarketServiceClient::new(self.harness.anonymous())
    }

    pub fn client(&self, user: &User) -> Client {
        MarketServiceClient::new(self.harness.as_user(user))
    }

    /// Waits until an event of this key was applied.
    pub async fn applied(&self, key: Uuid, version: i64) {
        eventually(async || {
            let query = sqlx::query_scalar::<_, i64>("select version from events.position where key = $1");
            let applied = query.bind(key).fetch_optional(self.harness.pool()).await.unwrap();
            applied.filter(|applied| *applied >= version)
        })
        .await;
    }

    /// Tells prices under a key of their own.
    pub async fn survey(&self, prices: Vec<SurveyedPrice>) {
        let key = Uuid::now_v7();
        self.harness.deliver("etl", key, 1, &survey(prices)).await;
        self.applied(key, 1).await;
    }

    /// A series of potatoes in a region with these prices, the last of them today.
    pub async fn potatoes(&self, region: &str, prices: &[i64]) -> Series {
        let days = prices.iter().rev().enumerate();
        let prices = days.map(|(back, won)| potato(region, TODAY - Duration::days(back as i64), *won));
        self.survey(prices.collect()).await;
        self.find(region).await.unwrap()
    }

    pub async fn find(&self, region: &str) -> Option<Series> {
        let request = ListItemsRequest {
            region: region.into(),
            ..Default::default()
        };
        let found = self
            .anyone()
            .list_items(request)
            .await
            .unwrap()
            .into_inner()
            .series;
        found.into_iter().find(|series| series.region == region)
    }

    /// What is paid here for a product.
    pub async fn traded(&self, product_id: Uuid) -> Option<Series> {
        let request = ListItemsRequest {
            product_id: product_id.to_string(),
            source: "XLCFI".into(),
            ..Default::default()
        };
        self.anyone()
            .list_items(request)
            .await
            .unwrap()
            .into_inner()
            .series
            .pop()
    }

    /// Days and prices of a series.
    pub async fn prices(&self, series_id: &str) -> Vec<(String, i64)> {
        let request = GetPriceSeriesRequest {
            series_id: series_id.into(),
            ..Default::default()
        };
        let answer = self
            .anyone()
            .get_price_series(request)
            .await
            .unwrap()
            .into_inner();
        let day = |day: xlcfi_contracts::market::v1::DayPrice| (day.date, day.price.unwrap().minor_units);
        answer.prices.into_iter().map(day).collect()
    }

    /// Publishes a product of ten kilograms of this seller.
    pub async fn publish(&self, seller: &User, won: i64) -> Uuid {
        let product = product(seller, won);
        let id = product.product_id.parse().unwrap();
        let fact = ProductPublished {
            product: Some(product),
            time: Some(NOW),
        };
        self.harness.deliver("product", id, 1, &fact).await;
        self.applied(id, 1).await;
        id
    }

    pub async fn watch(&self, product_id: Uuid, series: &Series) -> PriceWatch {
        let request = SetPriceWatchRequest {
            product_id: product_id.to_string(),
            series_id: series.series_id.clone(),
            tolerance_percent: 10,
        };
        self.client(&self.seller)
            .set_price_watch(request)
            .await
            .unwrap()
            .into_inner()
            .watch
            .unwrap()
    }

    pub async fn alerts(&self, user: &User) -> Vec<PriceAlert> {
        let request = ListPriceAlertsRequest::default();
        self.client(user)
            .list_price_alerts(request)
            .await
            .unwrap()
            .into_inner()
            .alerts
    }
}

pub fn won(minor_units: i64) -> Option<Money> {
    Some(convert::won(minor_units))
}

pub fn survey(prices: Vec<SurveyedPrice>) -> PricesSurveyed {
    PricesSurveyed {
        source: "KAMIS".into(),
        prices,
        time: Some(NOW),
    }
}

/// Twenty kilograms of potatoes.
pub fn potato(region: &str, date: Date, price: i64) -> SurveyedPrice {
    SurveyedPrice {
        item_code: "152".into(),
        item_name: "감자".into(),
        kind_code: "01".into(),
        kind_name: "수미(노지)".into(),
        grade: "상품".into(),
        unit: "20kg".into(),
        region: region.into(),
        level: PriceLevel::Wholesale.into(),
        date: date.to_string(),
        price: won(price),
    }
}

pub fn product(seller: &User, price: i64) -> Product {
    Product {
        product_id: Uuid::now_v7().to_string(),
        seller_id: seller.id.to_string(),
        category_id: Uuid::now_v7().to_string(),
        name: "강원 감자".into(),
        unit: "10kg 상자".into(),
        content: Some(Quantity {
            amount: 10_000,
            unit: Unit::Gram.into(),
        }),
        prices: Some(PriceLadder {
            rungs: vec![PriceRung {
                from_quantity: 1,
                unit_price: won(price),
            }],
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// An order that paid for one product.
pub fn paid(order_id: Uuid, product_id: Uuid, quantity: i64, price: i64) -> OrderConfirmed {
    let line = OrderLine {
        product_id: product_id.to_string(),
        name: "강원 감자".into(),
        unit: "10kg 상자".into(),
        quantity,
        unit_price: won(price),
        amount: won(quantity * price),
        ..Default::default()
    };
    let order = Order {
        order_id: order_id.to_string(),
        lines: vec![line],
        ..Default::default()
    };
    OrderConfirmed {
        order: Some(order),
        time: Some(NOW),
    }
}
