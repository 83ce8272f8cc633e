use xlcfi_contracts::market::v1::{Forecast, ForecastPriceRequest, Series};
use xlcfi_errors::{Code, metadata_of};
use xlcfi_testkit::assert_refused;

use crate::world::{TODAY, World, potato};

/// Prices of so many days that are low on some days of the week.
pub fn weekly(days: usize) -> Vec<i64> {
    (0..days)
        .map(|day| 30_000 + [0, 400, 900, 1_500, 2_500, -2_000, -2_500][day % 7] + (day * 37 % 11) as i64)
        .collect()
}

async fn forecast(world: &World, series: &Series, days: i32) -> Result<Forecast, tonic::Status> {
    let request = ForecastPriceRequest {
        series_id: series.series_id.clone(),
        days,
    };
    Ok(world
        .anyone()
        .forecast_price(request)
        .await?
        .into_inner()
        .forecast
        .unwrap())
}

#[tokio::test]
async fn a_forecast_carries_its_model_errors_bands_and_their_coverage() {
    let world = World::start().await;
    let series = world.potatoes("서울", &weekly(120)).await;
    let told = forecast(&world, &series, 7).await.unwrap();
    assert_eq!(
        (told.step_days, told.points.len(), told.series_version),
        (1, 7, series.version)
    );
    assert_eq!(
        (told.points[0].date.as_str(), told.last_date.as_str()),
        ("2026-11-23", "2026-11-22")
    );
    assert!(!told.no_better_than_naive && told.model != "NAIVE" && !told.constant);
    assert!(told.error.unwrap().mase < told.naive_error.unwrap().mase);
    assert!(told.origins > 5 && told.level == 0.8 && told.coverage_of > 0);
    assert!(told.coverage.unwrap() > 0.5);
    for point in &told.points {
        let [lower, price, upper] =
            [&point.lower, &point.price, &point.upper].map(|won| won.as_ref().unwrap().minor_units);
        assert!(lower <= price && price <= upper);
    }
    // Without days it is two weeks.
    assert_eq!(forecast(&world, &series, 0).await.unwrap().points.len(), 14);
    // Far ahead it is told by week.
    let far = forecast(&world, &series, 50).await.unwrap();
    assert_eq!((far.step_days, far.points.len()), (7, 8));
}

#[tokio::test]
async fn a_series_that_does_not_change_says_that_nothing_beats_naive() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000; 40]).await;
    let told = forecast(&world, &series, 5).await.unwrap();
    assert!(told.constant && told.no_better_than_naive);
    assert_eq!(told.model, "NAIVE");
    assert!(
        told.points
            .iter()
            .all(|point| point.price.as_ref().unwrap().minor_units == 30_000)
    );
}

#[tokio::test]
async fn a_forecast_is_made_once_for_a_version_and_anew_for_the_next() {
    let world = World::start().await;
    let series = world.potatoes("서울", &weekly(60)).await;
    let made = forecast(&world, &series, 3).await.unwrap();
    let mark = "update forecast set create_time = 'epoch'";
    sqlx::query(mark).execute(world.harness.pool()).await.unwrap();
    assert_eq!(forecast(&world, &series, 3).await.unwrap(), made);
    let kept = "select count(*) from forecast where create_time = 'epoch'";
    let kept = async || {
        sqlx::query_scalar::<_, i64>(kept)
            .fetch_one(world.harness.pool())
            .await
            .unwrap()
    };
    assert_eq!(kept().await, 1);
    world.survey(vec![potato("서울", TODAY, 50_000)]).await;
    let anew = forecast(&world, &series, 3).await.unwrap();
    assert_eq!((anew.series_version, kept().await), (series.version + 1, 0));
}

#[tokio::test]
async fn what_cannot_be_forecast_says_why() {
    let world = World::start().await;
    let one = world.potatoes("서울", &[30_000]).await;
    let refused = forecast(&world, &one, 3).await.unwrap_err();
    assert_eq!(metadata_of(&refused, "points").as_deref(), Some("1"));
    assert_refused::<()>(Err(refused), Code::FailedPrecondition, "TOO_FEW_PRICES");
    let short = world.potatoes("부산", &weekly(20)).await;
    let refused = forecast(&world, &short, 11).await.unwrap_err();
    assert_eq!(metadata_of(&refused, "most_days").as_deref(), Some("10"));
    assert_refused::<()>(Err(refused), Code::FailedPrecondition, "HORIZON_TOO_LONG");
    // Ten years.
    assert_refused(
        forecast(&world, &short, 3650).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_refused(
        forecast(&world, &short, -1).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let unknown = Series {
        series_id: uuid::Uuid::now_v7().to_string(),
        ..short
    };
    assert_refused(
        forecast(&world, &unknown, 3).await,
        Code::NotFound,
        "SERIES_NOT_FOUND",
    );
}
