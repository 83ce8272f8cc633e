use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::ai::v1::{ForecastDemandRequest, ForecastDemandResponse};
use xlcfi_contracts::order::v1::OrderCancelled;
use xlcfi_contracts::product::v1::{Lot, LotState};
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, seller};

use crate::world::World;

async fn forecast(
    world: &World,
    user: &User,
    product_id: Uuid,
    days: i32,
) -> Result<ForecastDemandResponse, Status> {
    let request = ForecastDemandRequest {
        product_id: product_id.to_string(),
        days,
    };
    Ok(world.advice(user).forecast_demand(request).await?.into_inner())
}

fn lot(on_hand: i64, use_by_date: &str, state: LotState) -> Lot {
    Lot {
        lot_id: Uuid::now_v7().to_string(),
        on_hand,
        use_by_date: use_by_date.into(),
        state: state.into(),
        ..Default::default()
    }
}

/// Ten units sold on each of the last 30 days.
async fn selling(world: &World, lots: Vec<Lot>) -> Uuid {
    let product = Uuid::now_v7();
    world.known.lock().unwrap().lots.insert(product.to_string(), lots);
    for day in 1..=30 {
        let order = world.order(product, 10);
        let key = world.sold(order, day).await;
        world.applied(key, 1).await;
    }
    product
}

#[tokio::test]
async fn sales_are_forecast_with_what_to_order_and_what_expires() {
    let world = World::start().await;
    // Today is 2026-11-22 in Seoul.
    let lots = vec![
        lot(50, "2026-11-23", LotState::Available),
        lot(5, "2026-11-30", LotState::Available),
        lot(900, "", LotState::Recalled),
    ];
    let product = selling(&world, lots.clone()).await;
    let answer = forecast(&world, &world.seller, product, 7).await.unwrap();
    assert_eq!((answer.points.len(), answer.history_days), (7, 30));
    assert!(
        answer
            .points
            .iter()
            .all(|point| (point.units - 10.0).abs() < 1e-6)
    );
    assert_eq!(answer.points[0].date, "2026-11-22");
    assert_eq!(answer.on_hand, 55);
    assert_eq!(answer.unsold_lots.len(), 1);
    assert_eq!(
        (&answer.unsold_lots[0].lot_id, answer.unsold_lots[0].unsold),
        (&lots[0].lot_id, 30)
    );
    assert_eq!(answer.run_out_date, "2026-11-24");
    assert_eq!(answer.order_quantity, 45);
    assert!(answer.advice.len() >= 3);
}

#[tokio::test]
async fn a_cancelled_order_sold_nothing_and_one_told_twice_sold_once() {
    let world = World::start().await;
    let product = selling(&world, Vec::new()).await;
    let order = world.order(product, 500);
    let key = world.sold(order.clone(), 1).await;
    world.sold(order.clone(), 1).await;
    let units = async || -> i64 {
        sqlx::query_scalar("select sum(units)::bigint from sale")
            .fetch_one(world.harness.pool())
            .await
            .unwrap()
    };
    eventually(async || (units().await == 800).then_some(())).await;
    let cancelled = OrderCancelled {
        order: Some(order),
        was_confirmed: true,
        time: Some(world.days_ago(0)),
        ..Default::default()
    };
    world.harness.deliver("order", key, 2, &cancelled).await;
    eventually(async || (units().await == 300).then_some(())).await;
}

#[tokio::test]
async fn what_cannot_be_forecast_is_refused() {
    let world = World::start().await;
    let product = selling(&world, Vec::new()).await;
    let refused = forecast(&world, &seller(), product, 7).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    let refused = forecast(&world, &world.seller, Uuid::now_v7(), 7).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    let refused = forecast(&world, &world.seller, product, 90).await;
    assert_refused(refused, Code::FailedPrecondition, "HORIZON_TOO_LONG");
    let refused = forecast(&world, &world.seller, product, 3_650).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let fresh = Uuid::now_v7();
    world
        .known
        .lock()
        .unwrap()
        .lots
        .insert(fresh.to_string(), Vec::new());
    let refused = forecast(&world, &world.seller, fresh, 7).await;
    assert_refused(refused, Code::FailedPrecondition, "TOO_FEW_SALES");
    world.known.lock().unwrap().away = true;
    let refused = forecast(&world, &world.seller, product, 7).await;
    assert_refused(refused, Code::Unavailable, "PRODUCT_UNAVAILABLE");
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_parked() {
    let world = World::start().await;
    let order = world.order(Uuid::now_v7(), 0);
    world.sold(order, 1).await;
    world.parked("xlcfi.order.v1.OrderConfirmed").await;
}
