use uuid::Uuid;
use xlcfi_contracts::etl::v1::{PriceLevel, SurveyedPrice};
use xlcfi_contracts::order::v1::OrderConfirmed;
use xlcfi_contracts::product::v1::{ProductArchived, ProductPublished};
use xlcfi_testkit::eventually;

use crate::world::{NOW, TODAY, World, paid, potato, product, survey, won};

async fn parked(world: &World, count: usize) {
    eventually(async || (world.harness.parked().await.len() == count).then_some(())).await;
}

#[tokio::test]
async fn a_redelivered_survey_is_applied_once() {
    let world = World::start().await;
    let (id, key) = (Uuid::now_v7(), Uuid::now_v7());
    let fact = survey(vec![potato("서울", TODAY, 30_000)]);
    for _ in 0..3 {
        world.harness.redeliver("etl", id, key, 1, &fact).await;
    }
    // Told anew under another id, as when the inbox was lost.
    world.harness.deliver("etl", key, 2, &fact).await;
    world.applied(key, 2).await;
    assert_eq!(world.find("서울").await.unwrap().version, 1);
}

#[tokio::test]
async fn surveys_that_make_no_sense_are_parked_and_others_go_on() {
    let world = World::start().await;
    let good = potato("서울", TODAY, 30_000);
    let wrong = [
        SurveyedPrice {
            price: won(-1),
            ..good.clone()
        },
        SurveyedPrice {
            price: won(0),
            ..good.clone()
        },
        SurveyedPrice {
            price: None,
            ..good.clone()
        },
        SurveyedPrice {
            date: "20261122".into(),
            ..good.clone()
        },
        SurveyedPrice {
            level: PriceLevel::Unspecified.into(),
            ..good.clone()
        },
        SurveyedPrice {
            item_code: String::new(),
            ..good.clone()
        },
    ];
    let count = wrong.len();
    for price in wrong {
        world
            .harness
            .deliver("etl", Uuid::now_v7(), 1, &survey(vec![good.clone(), price]))
            .await;
    }
    // Nobody else tells what is paid here.
    let mut own = survey(vec![good.clone()]);
    own.source = "XLCFI".into();
    world.harness.deliver("etl", Uuid::now_v7(), 1, &own).await;
    parked(&world, count + 1).await;
    assert!(world.find("서울").await.is_none());
    world.survey(vec![good]).await;
    assert!(world.find("서울").await.is_some());
}

#[tokio::test]
async fn orders_and_products_that_make_no_sense_are_parked() {
    let world = World::start().await;
    let mut order = paid(Uuid::now_v7(), Uuid::now_v7(), 1, 20_000);
    order.order.as_mut().unwrap().lines[0].quantity = 0;
    world.harness.deliver("order", Uuid::now_v7(), 1, &order).await;
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &OrderConfirmed::default())
        .await;
    let mut listed = product(&world.seller, 20_000);
    listed.content = None;
    let fact = ProductPublished {
        product: Some(listed),
        time: Some(NOW),
    };
    world.harness.deliver("product", Uuid::now_v7(), 1, &fact).await;
    let fact = ProductArchived {
        product_id: "x".into(),
        time: Some(NOW),
    };
    world.harness.deliver("product", Uuid::now_v7(), 1, &fact).await;
    parked(&world, 4).await;
}
