//! From farm to order line, and back.

use futures::StreamExt as _;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::trace_service_client::TraceServiceClient;
use xlcfi_contracts::blockchain::v1::{
    LinkedLot, ListTracedOrdersRequest, OrderLineState, ScanRecallPathRequest, TraceBackwardRequest,
    TraceForwardRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{admin, assert_refused, seller, user};

use super::world::{World, becoming, pieces, returned};

fn places(lots: &[LinkedLot]) -> Vec<(String, i32)> {
    let mut places: Vec<_> = lots
        .iter()
        .map(|one| (one.lot.clone().unwrap().lot_id, one.depth))
        .collect();
    places.sort_by_key(|(_, depth)| *depth);
    places
}

fn forward(lot_id: &str) -> TraceForwardRequest {
    TraceForwardRequest {
        lot_id: lot_id.into(),
        page_size: 100,
        ..Default::default()
    }
}

fn backward(lot_id: &str) -> TraceBackwardRequest {
    TraceBackwardRequest {
        lot_id: lot_id.into(),
        page_size: 100,
        ..Default::default()
    }
}

/// Two harvests, one mix, goods received of it, a part split off, orders of both.
struct Chain {
    harvest: String,
    mix: String,
    goods: xlcfi_contracts::product::v1::Lot,
    part: xlcfi_contracts::product::v1::Lot,
}

async fn chain(world: &World) -> Chain {
    let (harvest, other) = (world.harvest(600).await, world.harvest(400).await);
    let mix = world
        .become_of(&[(&harvest, 600), (&other, 400)], 1_000, -40)
        .await;
    let goods = world.received(10).await;
    let packed = becoming(&[(&mix, 1_000)], &[pieces(&goods, 10)], Vec::new());
    world.record(packed).await.unwrap();
    let part = world.split(&goods, 4, 2).await;
    Chain {
        harvest,
        mix,
        goods,
        part,
    }
}

#[tokio::test]
async fn a_harvest_is_followed_to_the_last_part_and_a_part_back_to_every_harvest() {
    let world = World::start().await;
    let made = chain(&world).await;
    let became = world
        .own()
        .trace_forward(forward(&made.harvest))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        places(&became.lots),
        [
            (made.harvest.clone(), 0),
            (made.mix.clone(), 1),
            (made.goods.lot_id.clone(), 2),
            (made.part.lot_id.clone(), 3)
        ]
    );
    let link = &became.lots[1].links[0];
    assert_eq!(
        (&link.parent_lot_id, link.parent_quantity, link.child_quantity),
        (&made.harvest, 600, 1_000)
    );
    let from = world
        .own()
        .trace_backward(backward(&made.part.lot_id))
        .await
        .unwrap()
        .into_inner();
    let depths: Vec<i32> = from.lots.iter().map(|one| one.depth).collect();
    assert_eq!(depths, [0, 1, 2, 3, 3]);
    let mut near = forward(&made.harvest);
    near.depth = 1;
    let near = world.own().trace_forward(near).await.unwrap().into_inner();
    assert_eq!(near.lots.len(), 2);
}

#[tokio::test]
async fn pages_of_linked_lots_hold_each_once() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    for minutes in [-50, -40, -30] {
        let one = world.become_of(&[(&lot, 10)], 10, minutes).await;
        world.become_of(&[(&one, 10)], 10, -20).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = TraceForwardRequest {
            page_size: 2,
            page_token: token,
            ..forward(&lot)
        };
        let answer = world.own().trace_forward(request).await.unwrap().into_inner();
        seen.extend(answer.lots);
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let all = world
        .own()
        .trace_forward(forward(&lot))
        .await
        .unwrap()
        .into_inner()
        .lots;
    assert_eq!((seen.len(), &seen), (7, &all));
    let wrong = TraceForwardRequest {
        page_token: "nonsense".into(),
        ..forward(&lot)
    };
    assert_refused(
        world.own().trace_forward(wrong).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn links_of_others_lots_are_not_found_but_staff_sees_all() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let mut stranger = world.traces(&seller());
    assert_refused(
        stranger.trace_forward(forward(&lot)).await,
        Code::NotFound,
        "LOT_NOT_FOUND",
    );
    assert_refused(
        stranger.trace_backward(backward(&lot)).await,
        Code::NotFound,
        "LOT_NOT_FOUND",
    );
    let orders = ListTracedOrdersRequest {
        lot_id: lot.clone(),
        ..Default::default()
    };
    assert_refused(
        stranger.list_traced_orders(orders.clone()).await,
        Code::NotFound,
        "LOT_NOT_FOUND",
    );
    let mut staff = world.traces(&admin());
    assert_eq!(
        staff
            .trace_forward(forward(&lot))
            .await
            .unwrap()
            .into_inner()
            .lots
            .len(),
        1
    );
    assert_eq!(
        staff
            .trace_backward(backward(&lot))
            .await
            .unwrap()
            .into_inner()
            .lots
            .len(),
        1
    );
    assert_eq!(
        staff.list_traced_orders(orders).await.unwrap().into_inner().lines,
        []
    );
    let buyer = world.traces(&user()).trace_forward(forward(&lot)).await;
    assert_refused(buyer, Code::PermissionDenied, "ROLE_MISSING");
    let unknown = world
        .own()
        .trace_backward(backward(&Uuid::now_v7().to_string()))
        .await;
    assert_refused(unknown, Code::NotFound, "LOT_NOT_FOUND");
}

#[tokio::test]
async fn every_order_that_got_anything_of_a_harvest_is_found() {
    let world = World::start().await;
    let made = chain(&world).await;
    let mut orders = Vec::new();
    for lot in [&made.goods, &made.part, &made.goods] {
        orders.push(world.sell(&user(), &[(lot, 1)]).await);
    }
    let back = returned(orders[2], &[(&made.goods, 1)]);
    world.harness.deliver("product", orders[2], 2, &back).await;
    world.applied("product", orders[2], 2).await;
    orders.sort_unstable();
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListTracedOrdersRequest {
            lot_id: made.harvest.clone(),
            page_size: 2,
            page_token: token,
            ..Default::default()
        };
        let answer = world
            .own()
            .list_traced_orders(request)
            .await
            .unwrap()
            .into_inner();
        found.extend(answer.lines);
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let ids: Vec<String> = found.iter().map(|line| line.order_id.clone()).collect();
    assert_eq!(ids, orders.iter().map(Uuid::to_string).collect::<Vec<_>>());
    let wrong = ListTracedOrdersRequest {
        lot_id: made.harvest,
        page_token: "nonsense".into(),
        ..Default::default()
    };
    assert_refused(
        world.own().list_traced_orders(wrong).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn admin_gets_everything_a_recall_reaches() {
    let world = World::start().await;
    let made = chain(&world).await;
    let order_id = world.sell(&user(), &[(&made.part, 2)]).await;
    let other = world.sell(&user(), &[(&made.goods, 1)]).await;
    let back = returned(other, &[(&made.goods, 1)]);
    world.harness.deliver("product", other, 2, &back).await;
    world.applied("product", other, 2).await;
    let request = ScanRecallPathRequest {
        lot_ids: vec![made.mix.clone(), Uuid::now_v7().to_string()],
        depth: 0,
    };
    let mut client = TraceServiceClient::new(world.harness.as_service("admin"));
    let mut stream = client
        .scan_recall_path(request.clone())
        .await
        .unwrap()
        .into_inner();
    let (mut lots, mut lines) = (Vec::new(), Vec::new());
    while let Some(answer) = stream.next().await {
        let answer = answer.unwrap();
        assert!(answer.lots.is_empty() || lines.is_empty(), "lots come first");
        lots.extend(answer.lots.into_iter().map(|lot| lot.lot_id));
        lines.extend(answer.lines);
    }
    lots.sort();
    let mut expected = vec![made.mix, made.goods.lot_id, made.part.lot_id.clone()];
    expected.sort();
    assert_eq!(lots, expected);
    assert_eq!(lines.len(), 1, "what is back is with nobody");
    assert_eq!(
        (&lines[0].order_id, &lines[0].lot_id),
        (&order_id.to_string(), &made.part.lot_id)
    );
    assert_eq!((lines[0].quantity, lines[0].state()), (2, OrderLineState::Sold));
    let refused = world.traces(&admin()).scan_recall_path(request).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_walk_to_more_lots_than_can_be_told_is_refused() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    sqlx::query(
        "insert into lot_edge (parent_id, child_id, event_id, parent_quantity, child_quantity, event_time)
         select $1::uuid, uuidv7(), uuidv7(), 1, 1, now() from generate_series(1, 20001)",
    )
    .bind(&lot)
    .execute(world.harness.pool())
    .await
    .unwrap();
    let refused = world.own().trace_forward(forward(&lot)).await;
    assert_refused(refused, Code::FailedPrecondition, "TRACE_TOO_LARGE");
    let request = ListTracedOrdersRequest {
        lot_id: lot,
        ..Default::default()
    };
    let refused = world.own().list_traced_orders(request).await;
    assert_refused(refused, Code::FailedPrecondition, "TRACE_TOO_LARGE");
}
