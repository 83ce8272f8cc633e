use std::time::Duration;

use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::ai::v1::{AnomalyKind, ListAnomaliesRequest, ListAnomaliesResponse};
use xlcfi_contracts::convert;
use xlcfi_contracts::product::v1::{PriceLadder, PriceRung, Product, ProductPublished, ProductUpdated};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, eventually, seller, user};

use crate::world::{DAY, World};

async fn list(
    world: &World,
    user: &User,
    request: ListAnomaliesRequest,
) -> Result<ListAnomaliesResponse, Status> {
    Ok(world.advice(user).list_anomalies(request).await?.into_inner())
}

fn offered(world: &World, product_id: Uuid, won: i64) -> Option<Product> {
    Some(Product {
        product_id: product_id.to_string(),
        seller_id: world.seller.id.to_string(),
        name: "감자 5kg".into(),
        prices: Some(PriceLadder {
            rungs: vec![PriceRung {
                from_quantity: 1,
                unit_price: Some(convert::won(won)),
            }],
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// A product whose price got a zero too many today.
async fn slipped(world: &World) -> Uuid {
    let product = Uuid::now_v7();
    let published = ProductPublished {
        product: offered(world, product, 10_000),
        time: Some(world.days_ago(3)),
    };
    world.harness.deliver("product", product, 1, &published).await;
    let updated = ProductUpdated {
        product: offered(world, product, 100_000),
        time: Some(world.days_ago(0)),
    };
    world.harness.deliver("product", product, 2, &updated).await;
    world.applied(product, 2).await;
    product
}

#[tokio::test]
async fn a_slip_in_a_price_is_shown_to_its_seller_and_to_staff() {
    let world = World::start().await;
    let product = slipped(&world).await;
    for who in [&world.seller, &admin()] {
        let found = list(&world, who, ListAnomaliesRequest::default())
            .await
            .unwrap()
            .anomalies;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].kind(), &*found[0].product_id),
            (AnomalyKind::Price, &*product.to_string())
        );
        assert!((found[0].value - 100_000.0).abs() < 1e-9 && (found[0].expected - 10_000.0).abs() < 1e-6);
        assert!(found[0].score > 0.0 && found[0].reason.contains("가격"));
    }
    let others = list(&world, &seller(), ListAnomaliesRequest::default())
        .await
        .unwrap();
    assert!(others.anomalies.is_empty(), "they are nobody else's");
    let refused = list(&world, &user(), ListAnomaliesRequest::default()).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn anomalies_are_listed_by_page_and_by_product() {
    let world = World::start().await;
    let (first, second) = (slipped(&world).await, slipped(&world).await);
    let mut request = ListAnomaliesRequest {
        page_size: 1,
        ..Default::default()
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let page = list(&world, &world.seller, request.clone()).await.unwrap();
        seen.extend(page.anomalies.into_iter().map(|found| found.product_id));
        request.page_token = page.next_page_token;
    }
    assert_eq!(request.page_token, "");
    seen.sort_unstable();
    let mut both = [first.to_string(), second.to_string()];
    both.sort_unstable();
    assert_eq!(seen, both);
    let of_first = ListAnomaliesRequest {
        product_id: first.to_string(),
        ..Default::default()
    };
    assert_eq!(
        list(&world, &world.seller, of_first)
            .await
            .unwrap()
            .anomalies
            .len(),
        1
    );
    request.page_token = "nonsense".into();
    let refused = list(&world, &world.seller, request).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_day_that_sold_far_more_is_found_when_it_is_over() {
    let world = World::start().await;
    let product = Uuid::now_v7();
    for day in 1..=40 {
        let key = world.sold(world.order(product, 10), day).await;
        world.applied(key, 1).await;
    }
    let key = world.sold(world.order(product, 400), 0).await;
    world.applied(key, 1).await;
    let before = list(&world, &world.seller, ListAnomaliesRequest::default())
        .await
        .unwrap();
    assert!(before.anomalies.is_empty(), "the day is not over");
    world.harness.advance(Duration::from_secs(DAY.unsigned_abs()));
    let found = eventually(async || {
        let found = list(&world, &world.seller, ListAnomaliesRequest::default())
            .await
            .unwrap();
        found.anomalies.into_iter().next()
    })
    .await;
    assert_eq!((found.kind(), &*found.date), (AnomalyKind::Sales, "2026-11-22"));
    assert!((found.value - 400.0).abs() < 1e-9 && (found.expected - 10.0).abs() < 2.0);
    assert!(found.reason.contains("판매량"));
}

#[tokio::test]
async fn a_product_without_a_price_is_parked() {
    let world = World::start().await;
    let fact = ProductPublished {
        product: Some(Product::default()),
        time: None,
    };
    world.harness.deliver("product", Uuid::now_v7(), 1, &fact).await;
    world.parked("xlcfi.product.v1.ProductPublished").await;
}
