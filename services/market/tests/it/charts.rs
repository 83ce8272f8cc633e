use uuid::Uuid;
use xlcfi_contracts::market::v1::{ChartFormat, GetPriceChartRequest};
use xlcfi_errors::Code;
use xlcfi_testkit::assert_refused;

use crate::forecasts::weekly;
use crate::world::World;

async fn chart(world: &World, series_id: &str, days_ahead: i32, format: ChartFormat) -> (String, Vec<u8>) {
    let request = GetPriceChartRequest {
        series_id: series_id.into(),
        days_ahead,
        format: format.into(),
        ..Default::default()
    };
    let chart = world
        .anyone()
        .get_price_chart(request)
        .await
        .unwrap()
        .into_inner()
        .chart
        .unwrap();
    (chart.content_type, chart.data)
}

#[tokio::test]
async fn prices_are_drawn_with_what_is_expected_of_them() {
    let world = World::start().await;
    let series = world.potatoes("서울", &weekly(60)).await;
    let (kind, drawn) = chart(&world, &series.series_id, 0, ChartFormat::Unspecified).await;
    let text = String::from_utf8(drawn).unwrap();
    assert_eq!(kind, "image/svg+xml");
    assert!(text.starts_with("<svg") && text.contains("감자 · 수미(노지)") && !text.contains("polygon"));
    let (_, drawn) = chart(&world, &series.series_id, 7, ChartFormat::Svg).await;
    assert!(String::from_utf8(drawn).unwrap().contains("polygon"));
    let (kind, drawn) = chart(&world, &series.series_id, 7, ChartFormat::Png).await;
    assert_eq!((kind.as_str(), &drawn[..4]), ("image/png", b"\x89PNG".as_slice()));
}

#[tokio::test]
async fn a_series_too_short_to_forecast_is_drawn_without() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000, 31_000]).await;
    let (_, drawn) = chart(&world, &series.series_id, 7, ChartFormat::Svg).await;
    assert!(!String::from_utf8(drawn).unwrap().contains("polygon"));
}

#[tokio::test]
async fn an_unknown_series_is_not_drawn() {
    let world = World::start().await;
    let request = GetPriceChartRequest {
        series_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert_refused(
        world.anyone().get_price_chart(request).await,
        Code::NotFound,
        "SERIES_NOT_FOUND",
    );
}
