use time::Duration;
use uuid::Uuid;
use xlcfi_contracts::market::v1::{
    CompareRegionsRequest, GetPriceSeriesRequest, ListItemsRequest, PriceLevel,
};
use xlcfi_errors::Code;
use xlcfi_testkit::assert_refused;

use crate::world::{TODAY, World, potato};

#[tokio::test]
async fn a_series_has_what_was_surveyed_day_by_day() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000, 31_000, 32_000]).await;
    assert_eq!(
        (
            series.source.as_str(),
            series.item_name.as_str(),
            series.kind_name.as_str()
        ),
        ("KAMIS", "감자", "수미(노지)")
    );
    assert_eq!(
        (series.level(), series.days, series.version),
        (PriceLevel::Wholesale, 3, 1)
    );
    assert_eq!(
        (series.first_date.as_str(), series.last_date.as_str()),
        ("2026-11-20", "2026-11-22")
    );
    assert_eq!(series.last_price.unwrap().minor_units, 32_000);
    let told = world.prices(&series.series_id).await;
    assert_eq!(
        told,
        [
            ("2026-11-20".into(), 30_000),
            ("2026-11-21".into(), 31_000),
            ("2026-11-22".into(), 32_000)
        ]
    );

    let request = GetPriceSeriesRequest {
        series_id: series.series_id,
        from_date: "2026-11-21".into(),
        to_date: "2026-11-21".into(),
    };
    let answer = world
        .anyone()
        .get_price_series(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.prices.len(), 1);
}

#[tokio::test]
async fn a_correction_replaces_a_price_and_the_same_again_changes_nothing() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000, 31_000]).await;
    world.survey(vec![potato("서울", TODAY, 31_000)]).await;
    assert_eq!(world.find("서울").await.unwrap().version, series.version);
    world.survey(vec![potato("서울", TODAY, 29_000)]).await;
    let corrected = world.find("서울").await.unwrap();
    assert_eq!(
        (corrected.series_id, corrected.version),
        (series.series_id.clone(), series.version + 1)
    );
    assert_eq!(world.prices(&series.series_id).await.last().unwrap().1, 29_000);
}

#[tokio::test]
async fn items_are_found_by_words_region_level_and_source_and_listed_in_pages() {
    let world = World::start().await;
    for region in ["서울", "부산", "대구"] {
        world.potatoes(region, &[30_000]).await;
    }
    let list =
        async |request: ListItemsRequest| world.anyone().list_items(request).await.unwrap().into_inner();
    for request in [
        ListItemsRequest {
            query: "수미".into(),
            ..Default::default()
        },
        ListItemsRequest {
            item_code: "152".into(),
            ..Default::default()
        },
        ListItemsRequest {
            source: "KAMIS".into(),
            ..Default::default()
        },
        ListItemsRequest {
            level: PriceLevel::Wholesale.into(),
            ..Default::default()
        },
    ] {
        assert_eq!(list(request.clone()).await.series.len(), 3, "{request:?}");
    }
    for request in [
        ListItemsRequest {
            query: "배추".into(),
            ..Default::default()
        },
        ListItemsRequest {
            query: "%".into(),
            ..Default::default()
        },
        ListItemsRequest {
            level: PriceLevel::Retail.into(),
            ..Default::default()
        },
        ListItemsRequest {
            product_id: Uuid::now_v7().to_string(),
            ..Default::default()
        },
    ] {
        assert_eq!(list(request.clone()).await.series.len(), 0, "{request:?}");
    }
    let first = list(ListItemsRequest {
        page_size: 2,
        ..Default::default()
    })
    .await;
    assert_eq!(first.series.len(), 2);
    let rest = list(ListItemsRequest {
        page_size: 2,
        page_token: first.next_page_token,
        ..Default::default()
    })
    .await;
    assert_eq!((rest.series.len(), rest.next_page_token.as_str()), (1, ""));
    let wrong = world
        .anyone()
        .list_items(ListItemsRequest {
            page_token: "x".into(),
            ..Default::default()
        })
        .await;
    assert_refused(wrong, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn an_unknown_series_and_a_day_of_no_calendar_are_refused() {
    let world = World::start().await;
    let request = GetPriceSeriesRequest {
        series_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert_refused(
        world.anyone().get_price_series(request).await,
        Code::NotFound,
        "SERIES_NOT_FOUND",
    );
    let request = CompareRegionsRequest {
        series_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        world.anyone().compare_regions(request).await,
        Code::NotFound,
        "SERIES_NOT_FOUND",
    );
    let series = world.potatoes("서울", &[30_000]).await;
    let request = GetPriceSeriesRequest {
        series_id: series.series_id,
        from_date: "2026-02-30".into(),
        ..Default::default()
    };
    assert_refused(
        world.anyone().get_price_series(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn regions_are_compared_by_their_last_prices() {
    let world = World::start().await;
    world
        .survey(vec![potato("제주", TODAY - Duration::days(30), 10_000)])
        .await;
    world.potatoes("", &[33_000]).await;
    world.potatoes("부산", &[20_000, 1, 1, 1, 1, 1, 1, 40_000]).await;
    let series = world.potatoes("서울", &[20_000]).await;
    let request = CompareRegionsRequest {
        series_id: series.series_id,
    };
    let answer = world
        .anyone()
        .compare_regions(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.mean.unwrap().minor_units, 30_000);
    let told: Vec<_> = answer
        .regions
        .iter()
        .map(|one| (one.region.as_str(), one.week_percent))
        .collect();
    assert_eq!(told, [("서울", None), ("", None), ("부산", Some(100.0))]);
    let away: Vec<_> = answer
        .regions
        .iter()
        .map(|one| one.from_mean_percent.unwrap().round() as i64)
        .collect();
    assert_eq!(away, [-33, 10, 33]);
}
