use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::ai::v1::{AnalyzePriceRequest, AnalyzePriceResponse, PriceVerdict};
use xlcfi_contracts::convert;
use xlcfi_contracts::market::v1::{Forecast, ForecastPoint, PriceLevel, Series};
use xlcfi_contracts::types::v1::Money;
use xlcfi_errors::{Code as ErrorCode, Explain, Explanation};
use xlcfi_testkit::{assert_refused, user};

use crate::world::World;

fn won(amount: i64) -> Option<Money> {
    Some(convert::won(amount))
}

fn asking(food: &str, price: i64) -> AnalyzePriceRequest {
    AnalyzePriceRequest {
        item_name: food.into(),
        current_price: won(price),
        days: 3,
        ..Default::default()
    }
}

/// A market that expects 30,000 won for potatoes, give or take 2,000.
async fn world() -> World {
    let world = World::start().await;
    let mut known = world.known.lock().unwrap();
    known.series = [
        ("wholesale", 300, PriceLevel::Wholesale),
        ("retail", 200, PriceLevel::Retail),
    ]
    .map(|(id, days, level)| Series {
        series_id: id.into(),
        item_name: "감자".into(),
        kind_name: "수미".into(),
        unit: "20kg".into(),
        last_price: won(29_000),
        days,
        level: level.into(),
        ..Default::default()
    })
    .to_vec();
    let point = |date: &str| ForecastPoint {
        date: date.into(),
        price: won(30_000),
        lower: won(28_000),
        upper: won(32_000),
    };
    known.forecast = Forecast {
        points: ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]
            .map(point)
            .to_vec(),
        model: "AUTO_THETA".into(),
        coverage: Some(0.81),
        ..Default::default()
    };
    drop(known);
    world
}

async fn analyze(world: &World, request: AnalyzePriceRequest) -> Result<AnalyzePriceResponse, Status> {
    Ok(world.advice(&user()).analyze_price(request).await?.into_inner())
}

#[tokio::test]
async fn a_price_is_compared_with_what_the_market_expects() {
    let world = world().await;
    let fair = analyze(&world, asking("감자", 31_000)).await.unwrap();
    assert_eq!(
        (fair.verdict(), &*fair.verdict_text),
        (PriceVerdict::Fair, "적정 가격")
    );
    assert_eq!(
        (fair.suggested_lower, fair.suggested_upper),
        (won(28_000), won(32_000))
    );
    assert_eq!((&*fair.series_id, &*fair.series_name), ("retail", "감자 수미"));
    assert_eq!((fair.forecast.len(), &*fair.model), (3, "AUTO_THETA"));
    assert!(!fair.reasons.is_empty());
    let dear = analyze(&world, asking("감자", 40_000)).await.unwrap();
    assert_eq!(
        (dear.verdict(), &*dear.verdict_text),
        (PriceVerdict::TooHigh, "가격 조정 필요")
    );
    let cheap = analyze(&world, asking("감자", 1)).await.unwrap();
    assert_eq!(cheap.verdict(), PriceVerdict::TooLow);

    let product_id = Uuid::now_v7().to_string();
    let by_product = AnalyzePriceRequest {
        product_id: product_id.clone(),
        item_name: String::new(),
        ..asking("", 30_000)
    };
    let refused = analyze(&world, by_product.clone()).await;
    assert_refused(refused, Code::NotFound, "SERIES_NOT_FOUND");
    world.known.lock().unwrap().series[0].kind_code = product_id;
    assert_eq!(analyze(&world, by_product).await.unwrap().series_id, "wholesale");
}

#[tokio::test]
async fn senseless_questions_are_refused() {
    let world = world().await;
    for price in [i64::MIN, i64::MAX] {
        let refused = analyze(&world, asking("감자", price)).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    for price in [0, -1, -10_000] {
        let refused = analyze(&world, asking("감자", price)).await;
        assert_refused(refused, Code::InvalidArgument, "PRICE_INVALID");
    }
    let mut dollars = asking("감자", 5);
    dollars.current_price.as_mut().unwrap().currency_code = "USD".into();
    assert_refused(
        analyze(&world, dollars).await,
        Code::InvalidArgument,
        "PRICE_INVALID",
    );
    let ten_years = AnalyzePriceRequest {
        days: 3_650,
        ..asking("감자", 30_000)
    };
    assert_refused(
        analyze(&world, ten_years).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let neither = asking(" ", 30_000);
    assert_refused(
        analyze(&world, neither).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let both = AnalyzePriceRequest {
        product_id: Uuid::now_v7().to_string(),
        ..asking("감자", 30_000)
    };
    let refused = analyze(&world, both).await;
    assert_refused(refused, Code::NotFound, "SERIES_NOT_FOUND");
    let refused = analyze(&world, asking("용과", 30_000)).await;
    assert_refused(refused, Code::NotFound, "SERIES_NOT_FOUND");
}

/// A refusal as market makes it.
#[derive(Debug)]
struct Refusal(ErrorCode, &'static str);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1)
    }
}

impl std::error::Error for Refusal {}

impl Explain for Refusal {
    const DOMAIN: &'static str = "market.xlcfi.com";

    fn explain(&self) -> Explanation {
        Explanation::new(self.0, self.1)
    }
}

#[tokio::test]
async fn what_market_refuses_is_told_in_our_words() {
    let world = world().await;
    for (reason, code) in [
        ("TOO_FEW_PRICES", Code::FailedPrecondition),
        ("HORIZON_TOO_LONG", Code::FailedPrecondition),
        ("SERIES_NOT_FOUND", Code::NotFound),
    ] {
        world.known.lock().unwrap().refusal = Some(Refusal(code, reason).into_status());
        let refused = analyze(&world, asking("감자", 30_000)).await;
        assert_refused(refused, code, reason);
    }
    world.known.lock().unwrap().away = true;
    let refused = analyze(&world, asking("감자", 30_000)).await;
    assert_refused(refused, Code::Unavailable, "MARKET_UNAVAILABLE");
}
