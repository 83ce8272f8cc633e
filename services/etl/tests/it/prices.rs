use std::collections::BTreeSet;

use serde_json::json;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::{
    ListPricesRequest, PriceLevel, PricesSurveyed, RunKind, RunState, StartBackfillRequest,
};
use xlcfi_testkit::{assert_refused, eventually, violations};

use crate::world::{PRICES, RECALLS, World};

fn days(from: &str, to: &str) -> StartBackfillRequest {
    StartBackfillRequest {
        job: PRICES.into(),
        from_date: from.into(),
        to_date: to.into(),
        request_id: Uuid::now_v7().to_string(),
    }
}

#[tokio::test]
async fn prices_of_past_days_are_taken_in_and_told_by_item() {
    let world = World::with_prices().await;
    world.last_run(PRICES, RunState::Done).await;
    let begun = world
        .client()
        .start_backfill(days("2024-03-01", "2024-03-31"))
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(
        (begun.kind(), begun.from_date.as_str()),
        (RunKind::Backfill, "2024-03-01")
    );
    let run = eventually(async || {
        let run = world.run(&begun.run_id).await;
        (run.state() == RunState::Done).then_some(run)
    })
    .await;
    // 31 days of one category, two regions and two levels, ten days a page.
    assert_eq!((run.pages_done, run.calls), (4, 31 * 4));

    let prices = world.prices("211").await;
    let march: Vec<_> = prices
        .iter()
        .filter(|price| price.date.starts_with("2024-03"))
        .collect();
    // Weekdays but the first of March, which is a holiday.
    assert_eq!(march.len(), 20 * 4);
    let regions: BTreeSet<&str> = march.iter().map(|price| price.region.as_str()).collect();
    assert_eq!(regions, BTreeSet::from(["", "서울"]));
    let wholesale = march
        .iter()
        .find(|price| price.level() == PriceLevel::Wholesale)
        .unwrap();
    assert_eq!(
        (wholesale.unit.as_str(), wholesale.kind_name.as_str()),
        ("10kg", "고랭지")
    );

    let told = world.harness.published::<PricesSurveyed>().await;
    assert!(
        told.iter()
            .all(|event| event.source == "KAMIS" && !event.prices.is_empty())
    );
    for event in &told {
        let items: BTreeSet<&str> = event
            .prices
            .iter()
            .map(|price| price.item_code.as_str())
            .collect();
        assert_eq!(items.len(), 1);
    }
    let of_cabbage = told
        .iter()
        .flat_map(|event| &event.prices)
        .filter(|price| price.item_code == "211");
    assert_eq!(of_cabbage.count(), prices.len());

    let only = ListPricesRequest {
        item_code: "211".into(),
        region: "서울".into(),
        level: PriceLevel::Retail.into(),
        page_size: 100,
        ..Default::default()
    };
    let found = world
        .client()
        .list_prices(only)
        .await
        .unwrap()
        .into_inner()
        .prices;
    assert!(
        !found.is_empty()
            && found
                .iter()
                .all(|price| price.region == "서울" && price.level() == PriceLevel::Retail)
    );
}

#[tokio::test]
async fn prices_that_are_known_are_not_told_again() {
    let world = World::with_prices().await;
    world.last_run(PRICES, RunState::Done).await;
    let request = days("2024-03-04", "2024-03-08");
    for _ in 0..2 {
        let request = StartBackfillRequest {
            request_id: Uuid::now_v7().to_string(),
            ..request.clone()
        };
        let run = world
            .client()
            .start_backfill(request)
            .await
            .unwrap()
            .into_inner()
            .run
            .unwrap();
        eventually(async || (world.run(&run.run_id).await.state() == RunState::Done).then_some(())).await;
    }
    let told = world.harness.published::<PricesSurveyed>().await;
    let of_a_day = told.iter().flat_map(|event| &event.prices);
    let of_a_day = of_a_day.filter(|price| price.item_code == "211" && price.date == "2024-03-06");
    assert_eq!(of_a_day.count(), 4);
}

#[tokio::test]
async fn days_that_make_no_sense_are_refused_by_field() {
    let world = World::with_prices().await;
    for (from, to, field) in [
        ("2024-03-08", "2024-03-04", "to_date"),
        ("2026-11-22", "2026-11-23", "to_date"),
        ("2010-01-01", "2024-03-04", "from_date"),
        ("2024-02-30", "2024-03-04", "from_date"),
    ] {
        let refused = world.client().start_backfill(days(from, to)).await;
        let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
        assert_eq!(violations(&status), [field]);
    }
    let elsewhere = StartBackfillRequest {
        job: RECALLS.into(),
        ..days("2024-03-01", "2024-03-04")
    };
    assert_refused(
        world.client().start_backfill(elsewhere).await,
        Code::FailedPrecondition,
        "JOB_NOT_SET_UP",
    );
    let world = World::with_recalls().await;
    let no_days = StartBackfillRequest {
        job: RECALLS.into(),
        ..days("2024-03-01", "2024-03-04")
    };
    assert_refused(
        world.client().start_backfill(no_days).await,
        Code::FailedPrecondition,
        "JOB_HAS_NO_DAYS",
    );
}

#[tokio::test]
async fn a_quota_too_small_for_a_day_is_not_wasted() {
    let world = World::with(|url| {
        json!({ "kamis_url": url, "kamis_key": "sandbox-kamis-key", "kamis_id": "sandbox", "kamis_days": 12,
            "kamis_categories": "200", "kamis_daily_calls": 9 })
    })
    .await;
    let run = world.last_run(PRICES, RunState::Waiting).await;
    // Two calls a day, four days in one page; the ninth call would be half a day.
    assert_eq!((run.calls, run.pages_done), (8, 1));
    assert_eq!(world.job(PRICES).await.calls_today, 8);
}
