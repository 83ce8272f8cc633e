use futures::StreamExt as _;
use uuid::Uuid;
use xlcfi_contracts::market::v1::{
    BandPosition, ListItemsRequest, ListPriceAlertsRequest, ListPriceWatchesRequest, PriceAlertRaised,
    PriceWatch, RemovePriceWatchRequest, SetPriceWatchRequest, WatchPriceAlertsRequest,
};
use xlcfi_contracts::product::v1::{Product, ProductArchived, ProductUpdated};
use xlcfi_contracts::types::v1::{Quantity, Unit};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::forecasts::weekly;
use crate::world::{NOW, TODAY, World, potato, product};

async fn watches(world: &World) -> Vec<PriceWatch> {
    let mut client = world.client(&world.seller);
    client
        .list_price_watches(ListPriceWatchesRequest::default())
        .await
        .unwrap()
        .into_inner()
        .watches
}

/// Waits until the only watch stands there.
async fn stands(world: &World, position: BandPosition) -> PriceWatch {
    eventually(async || {
        watches(world)
            .await
            .into_iter()
            .find(|watch| watch.position() == position)
    })
    .await
}

async fn reprice(world: &World, product_id: Uuid, version: i64, won: i64) {
    let changed = Product {
        product_id: product_id.to_string(),
        ..product(&world.seller, won)
    };
    let fact = ProductUpdated {
        product: Some(changed),
        time: Some(NOW),
    };
    world.harness.deliver("product", product_id, version, &fact).await;
    world.applied(product_id, version).await;
}

#[tokio::test]
async fn a_price_that_leaves_the_band_is_told_once_for_each_side() {
    let world = World::start().await;
    let series = world.potatoes("서울", &weekly(60)).await;
    // Ten kilograms at half of what twenty cost.
    let product_id = world.publish(&world.seller, 15_000).await;
    let set = world.watch(product_id, &series).await;
    assert_eq!(
        (set.position(), set.lower, set.check_time),
        (BandPosition::Unknown, None, None)
    );
    let inside = stands(&world, BandPosition::Inside).await;
    let (lower, upper) = (
        inside.lower.unwrap().minor_units,
        inside.upper.unwrap().minor_units,
    );
    assert!(
        lower > 9_000 && lower < 15_000 && upper > 15_000 && upper < 22_000,
        "{lower} {upper}"
    );
    assert!(world.alerts(&world.seller).await.is_empty());

    reprice(&world, product_id, 2, 30_000).await;
    stands(&world, BandPosition::Above).await;
    reprice(&world, product_id, 3, 31_000).await;
    reprice(&world, product_id, 4, 5_000).await;
    stands(&world, BandPosition::Below).await;
    let alerts = world.alerts(&world.seller).await;
    let told: Vec<_> = alerts
        .iter()
        .map(|alert| (alert.position(), alert.price.clone().unwrap().minor_units))
        .collect();
    assert_eq!(
        told,
        [(BandPosition::Below, 5_000), (BandPosition::Above, 30_000)]
    );
    let events = world.harness.published::<PriceAlertRaised>().await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].alert.as_ref(), alerts.first());

    // The market may move, too.
    reprice(&world, product_id, 5, 15_000).await;
    stands(&world, BandPosition::Inside).await;
    world
        .survey(
            (0..9)
                .map(|back| potato("서울", TODAY - time::Duration::days(back), 90_000))
                .collect(),
        )
        .await;
    stands(&world, BandPosition::Below).await;
}

#[tokio::test]
async fn a_watch_is_replaced_removed_and_found_with_its_series() {
    let world = World::start().await;
    let (seoul, busan) = (
        world.potatoes("서울", &[30_000]).await,
        world.potatoes("부산", &[30_000]).await,
    );
    let product_id = world.publish(&world.seller, 15_000).await;
    let first = world.watch(product_id, &seoul).await;
    assert_eq!(
        world.watch(product_id, &seoul).await.create_time,
        first.create_time
    );
    world.watch(product_id, &busan).await;
    let found = watches(&world).await;
    assert_eq!((found.len(), &found[0].series_id), (1, &busan.series_id));
    let request = ListItemsRequest {
        product_id: product_id.to_string(),
        ..Default::default()
    };
    let listed = world
        .anyone()
        .list_items(request)
        .await
        .unwrap()
        .into_inner()
        .series;
    assert_eq!(
        listed.iter().map(|series| &series.region).collect::<Vec<_>>(),
        ["부산"]
    );
    // One price is too little for a band.
    eventually(async || watches(&world).await[0].check_time.map(|_| ())).await;
    assert_eq!(watches(&world).await[0].position(), BandPosition::Unknown);

    let request = RemovePriceWatchRequest {
        product_id: product_id.to_string(),
    };
    world
        .client(&world.seller)
        .remove_price_watch(request.clone())
        .await
        .unwrap();
    let again = world.client(&world.seller).remove_price_watch(request).await;
    assert_refused(again, Code::NotFound, "PRICE_WATCH_NOT_FOUND");
    assert!(watches(&world).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000]).await;
    let product_id = world.publish(&world.seller, 15_000).await;
    let request = SetPriceWatchRequest {
        product_id: product_id.to_string(),
        series_id: series.series_id.clone(),
        tolerance_percent: 10,
    };
    let other = world.client(&seller()).set_price_watch(request.clone()).await;
    assert_refused(other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let buyer = world.client(&user()).set_price_watch(request.clone()).await;
    assert_refused(buyer, Code::PermissionDenied, "ROLE_MISSING");
    let mut client = world.client(&world.seller);
    let unknown = SetPriceWatchRequest {
        series_id: Uuid::now_v7().to_string(),
        ..request.clone()
    };
    assert_refused(
        client.set_price_watch(unknown).await,
        Code::NotFound,
        "SERIES_NOT_FOUND",
    );
    let wide = SetPriceWatchRequest {
        tolerance_percent: 101,
        ..request.clone()
    };
    assert_refused(
        client.set_price_watch(wide).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );

    let pieces = Product {
        product_id: product_id.to_string(),
        content: Some(Quantity {
            amount: 30,
            unit: Unit::Piece.into(),
        }),
        ..product(&world.seller, 15_000)
    };
    let fact = ProductUpdated {
        product: Some(pieces),
        time: Some(NOW),
    };
    world.harness.deliver("product", product_id, 2, &fact).await;
    world.applied(product_id, 2).await;
    let refused = client.set_price_watch(request.clone()).await;
    assert_refused(refused, Code::FailedPrecondition, "UNITS_NOT_COMPARABLE");

    let fact = ProductArchived {
        product_id: product_id.to_string(),
        time: Some(NOW),
    };
    world.harness.deliver("product", product_id, 3, &fact).await;
    world.applied(product_id, 3).await;
    assert_refused(
        client.set_price_watch(request).await,
        Code::NotFound,
        "PRODUCT_NOT_FOUND",
    );
}

#[tokio::test]
async fn a_product_that_is_no_longer_sold_is_no_longer_watched() {
    let world = World::start().await;
    let series = world.potatoes("서울", &[30_000]).await;
    let product_id = world.publish(&world.seller, 15_000).await;
    world.watch(product_id, &series).await;
    let fact = ProductArchived {
        product_id: product_id.to_string(),
        time: Some(NOW),
    };
    world.harness.deliver("product", product_id, 2, &fact).await;
    world.applied(product_id, 2).await;
    assert!(watches(&world).await.is_empty());
}

#[tokio::test]
async fn a_stream_gives_alerts_as_they_come_and_goes_on_after_the_last_seen() {
    let world = World::start().await;
    let series = world.potatoes("서울", &weekly(60)).await;
    let product_id = world.publish(&world.seller, 30_000).await;
    let mut client = world.client(&world.seller);
    let mut stream = client
        .watch_price_alerts(WatchPriceAlertsRequest::default())
        .await
        .unwrap()
        .into_inner();
    world.watch(product_id, &series).await;
    let first = stream.next().await.unwrap().unwrap().alert.unwrap();
    assert_eq!(
        (first.position(), first.product_id.as_str()),
        (BandPosition::Above, product_id.to_string().as_str())
    );
    reprice(&world, product_id, 2, 1_000).await;
    let second = stream.next().await.unwrap().unwrap().alert.unwrap();
    assert_eq!(second.position(), BandPosition::Below);

    let request = WatchPriceAlertsRequest {
        after_alert_id: first.alert_id.clone(),
    };
    let mut again = client
        .watch_price_alerts(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.next().await.unwrap().unwrap().alert.unwrap(), second);
    let other = seller();
    let refused = world.client(&other).watch_price_alerts(request).await;
    assert_refused(refused, Code::NotFound, "PRICE_ALERT_NOT_FOUND");
    assert!(world.alerts(&other).await.is_empty());
    let request = ListPriceAlertsRequest {
        product_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert!(
        client
            .list_price_alerts(request)
            .await
            .unwrap()
            .into_inner()
            .alerts
            .is_empty()
    );
}
