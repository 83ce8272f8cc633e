//! What product and order tell becomes events by itself.

use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{
    BizStep, Disposition, ListTracedOrdersRequest, OrderLineState, TraceAction, TraceEventKind,
    TracedOrderLine,
};
use xlcfi_contracts::order::v1::{OrderCreated, OrderDelivered, OrderShipped};
use xlcfi_contracts::product::v1::{
    Certificate, LotChanged, LotMoved, LotReceived, LotSplit, LotState, LotsHeld, LotsReleased,
    StockEntryKind, StockReturned, StockSold,
};
use xlcfi_testkit::user;

use super::world::{World, at, created, delivered, key, returned, shipped, sold};

impl World {
    async fn orders(&self, lot_id: &str) -> Vec<TracedOrderLine> {
        let request = ListTracedOrdersRequest {
            lot_id: lot_id.into(),
            ..Default::default()
        };
        self.own()
            .list_traced_orders(request)
            .await
            .unwrap()
            .into_inner()
            .lines
    }

    async fn logged(&self) -> i64 {
        let query = sqlx::query_scalar("select count(*) from log_entry where kind = 'TRACE_EVENT'");
        query.fetch_one(self.harness.pool()).await.unwrap()
    }
}

#[tokio::test]
async fn a_receipt_is_told_once_however_often_it_comes() {
    let world = World::start().await;
    let mut lot = world.lot(30);
    lot.certificates = vec![Certificate {
        kind: "HACCP".into(),
        number: "2026-1".into(),
        image_id: String::new(),
    }];
    let (id, product) = (Uuid::now_v7(), key(&lot.product_id));
    for _ in 0..3 {
        world
            .harness
            .redeliver("product", id, product, 1, &world.receipt(&lot))
            .await;
    }
    // Told anew under another id, as when the inbox was lost.
    world
        .harness
        .deliver("product", product, 2, &world.receipt(&lot))
        .await;
    world.applied("product", product, 2).await;
    let (known, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    assert_eq!(
        (known.entered, known.seller_id),
        (30, world.seller.id.to_string())
    );
    assert_eq!(
        known.epc_class,
        "https://id.gs1.org/01/08801234567893/10/20261122-1"
    );
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(
        (event.biz_step(), event.disposition()),
        (BizStep::Receiving, Disposition::InProgress)
    );
    assert_eq!((event.action(), event.by_seller), (TraceAction::Add, false));
    assert_eq!(
        event.biz_location,
        format!("https://xlcfi.com/warehouses/{}", lot.warehouse_id)
    );
    assert_eq!(event.certificates[0].kind, "HACCP");
    assert_eq!(world.logged().await, 1);
    world.assert_all_logged().await;
}

#[tokio::test]
async fn a_split_links_the_new_lot_to_the_one_it_comes_from() {
    let world = World::start().await;
    let lot = world.received(30).await;
    let part = world.split(&lot, 10, 2).await;
    let (id, fact) = (
        Uuid::now_v7(),
        LotSplit {
            lot: Some(part.clone()),
            moved: false,
            time: at(0),
            product: Some(world.product()),
        },
    );
    for _ in 0..2 {
        world
            .harness
            .redeliver("product", id, key(&lot.product_id), 3, &fact)
            .await;
    }
    world.applied("product", key(&lot.product_id), 3).await;
    assert_eq!(world.counts(&lot.lot_id).await, (30, 10));
    assert_eq!(world.counts(&part.lot_id).await, (10, 0));
    let (_, events) = world.story(&world.seller, &part.lot_id).await.unwrap();
    let kinds: Vec<TraceEventKind> = events.iter().map(|event| event.kind()).collect();
    assert_eq!(kinds, [TraceEventKind::Object, TraceEventKind::Transformation]);
}

#[tokio::test]
async fn moves_counts_disposals_and_holds_stand_in_the_story() {
    let world = World::start().await;
    let lot = world.received(30).await;
    let (product_id, lot_id, key) = (lot.product_id.clone(), lot.lot_id.clone(), key(&lot.product_id));
    let there = Uuid::now_v7().to_string();
    let moved = LotMoved {
        product_id: product_id.clone(),
        lot_id: lot_id.clone(),
        warehouse_id: there.clone(),
        time: at(1),
    };
    world.harness.deliver("product", key, 2, &moved).await;
    let changed = |kind: StockEntryKind, change| LotChanged {
        product_id: product_id.clone(),
        lot_id: lot_id.clone(),
        kind: kind.into(),
        change,
        time: at(2),
    };
    world
        .harness
        .deliver("product", key, 3, &changed(StockEntryKind::Disposed, -4))
        .await;
    world
        .harness
        .deliver("product", key, 4, &changed(StockEntryKind::Adjusted, 2))
        .await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        let less = changed(StockEntryKind::Adjusted, -1);
        world.harness.redeliver("product", id, key, 5, &less).await;
    }
    let held = LotsHeld {
        product_id: product_id.clone(),
        lot_ids: vec![lot_id.clone(), Uuid::now_v7().to_string()],
        state: LotState::Recalled.into(),
        recall_id: Uuid::now_v7().to_string(),
        reason: "이물".into(),
        time: at(3),
    };
    world.harness.deliver("product", key, 6, &held).await;
    let released = LotsReleased {
        product_id: product_id.clone(),
        lot_ids: vec![lot_id.clone()],
        time: at(4),
        ..Default::default()
    };
    world.harness.deliver("product", key, 7, &released).await;
    // Of a lot that came in before anybody listened there is nothing to say.
    let unknown = LotMoved {
        lot_id: Uuid::now_v7().to_string(),
        ..moved
    };
    world.harness.deliver("product", key, 8, &unknown).await;
    world.applied("product", key, 8).await;
    assert_eq!(world.counts(&lot_id).await, (32, 5));
    let (_, events) = world.story(&world.seller, &lot_id).await.unwrap();
    let mut told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.event_time.unwrap().seconds,
                event.biz_step(),
                event.disposition(),
                event.action(),
            )
        })
        .map(|(_, step, disposition, action)| (step, disposition, action))
        .collect();
    // Those of one time stand in the order of their ids.
    told[2..5].sort_by_key(|(step, _, action)| (*step as i32, *action as i32));
    use BizStep::{CycleCounting, Destroying, Holding, Receiving, Storing, Transporting};
    use Disposition as D;
    use TraceAction::{Add, Delete, Observe};
    assert_eq!(
        told,
        [
            (Receiving, D::InProgress, Add),
            (Transporting, D::Unspecified, Observe),
            (CycleCounting, D::Unspecified, Add),
            (CycleCounting, D::Unspecified, Delete),
            (Destroying, D::Disposed, Delete),
            (Holding, D::Recalled, Observe),
            (Storing, D::SellableAccessible, Observe),
        ]
    );
    assert_eq!(
        events[1].biz_location,
        format!("https://xlcfi.com/warehouses/{there}")
    );
    // What a recall says to buyers is no part of it.
    world.assert_all_logged().await;
}

#[tokio::test]
async fn an_order_is_told_from_the_sale_to_the_door() {
    let world = World::start().await;
    let (first, second) = (world.received(30).await, world.received(20).await);
    let buyer = user();
    let order_id = world.sell(&buyer, &[(&first, 6), (&second, 2)]).await;
    assert_eq!(world.counts(&first.lot_id).await, (30, 6));
    let line = world.orders(&first.lot_id).await.remove(0);
    assert_eq!((line.order_id, line.quantity), (order_id.to_string(), 6));
    let (on_its_way, there) = (Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..2 {
        world
            .harness
            .redeliver("order", on_its_way, order_id, 2, &shipped(order_id))
            .await;
        world
            .harness
            .redeliver("order", there, order_id, 3, &delivered(order_id))
            .await;
    }
    world.applied("order", order_id, 3).await;
    let line = world.orders(&first.lot_id).await.remove(0);
    assert_eq!((line.state(), line.time), (OrderLineState::Delivered, at(4)));
    let steps = world.steps(&world.seller, &first.lot_id).await;
    assert_eq!(
        steps,
        [
            BizStep::Receiving,
            BizStep::RetailSelling,
            BizStep::Shipping,
            BizStep::Arriving
        ]
    );
    let (_, events) = world.story(&world.seller, &first.lot_id).await.unwrap();
    let sale = &events[1];
    assert_eq!(
        (sale.kind(), sale.order_id.clone()),
        (TraceEventKind::Transaction, order_id.to_string())
    );
    assert_eq!(sale.lots.len(), 2, "one event for all lots of the seller");
    world.assert_all_logged().await;
}

#[tokio::test]
async fn nobody_who_bought_stands_in_the_log() {
    let world = World::start().await;
    let lot = world.received(30).await;
    let buyer = user();
    let order_id = world.sell(&buyer, &[(&lot, 6)]).await;
    world
        .harness
        .deliver("order", order_id, 2, &shipped(order_id))
        .await;
    world.applied("order", order_id, 2).await;
    let said: Vec<Vec<u8>> = sqlx::query_scalar("select body from log_entry")
        .fetch_all(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(said.len(), 3);
    for body in said {
        let body = String::from_utf8(body).unwrap();
        assert!(!body.contains(&buyer.id.to_string()), "{body}");
    }
    // Of orders only who bought, and staff, reads there.
    let readers: Vec<Option<Uuid>> = sqlx::query_scalar(
        "select reader_id from log_entry join trace_event on event_id = entry_id order by order_id nulls first",
    )
    .fetch_all(world.harness.pool())
    .await
    .unwrap();
    let buyer = Some(buyer.id.uuid());
    assert_eq!(readers, [None, buyer, buyer]);
}

#[tokio::test]
async fn the_way_of_an_order_may_be_told_before_its_lots() {
    let world = World::start().await;
    let lot = world.received(30).await;
    let (buyer, order_id) = (user(), Uuid::now_v7());
    let harness = &world.harness;
    harness
        .deliver("order", order_id, 1, &created(&buyer, order_id))
        .await;
    harness.deliver("order", order_id, 2, &shipped(order_id)).await;
    harness.deliver("order", order_id, 3, &delivered(order_id)).await;
    world.applied("order", order_id, 3).await;
    assert_eq!(
        world.steps(&world.seller, &lot.lot_id).await,
        [BizStep::Receiving]
    );
    harness
        .deliver("product", order_id, 1, &sold(order_id, &[(&lot, 6)]))
        .await;
    world.applied("product", order_id, 1).await;
    assert_eq!(
        world.steps(&world.seller, &lot.lot_id).await,
        [
            BizStep::Receiving,
            BizStep::RetailSelling,
            BizStep::Shipping,
            BizStep::Arriving
        ]
    );
    assert_eq!(
        world.orders(&lot.lot_id).await[0].state(),
        OrderLineState::Delivered
    );
}

#[tokio::test]
async fn a_lot_sold_before_it_is_known_is_waited_for() {
    let world = World::start().await;
    let lot = world.lot(30);
    let order_id = Uuid::now_v7();
    world
        .harness
        .deliver("product", order_id, 1, &sold(order_id, &[(&lot, 6)]))
        .await;
    world
        .harness
        .deliver("product", key(&lot.product_id), 1, &world.receipt(&lot))
        .await;
    world.applied("product", order_id, 1).await;
    assert_eq!(world.counts(&lot.lot_id).await, (30, 6));
}

#[tokio::test]
async fn what_a_cancelled_order_gives_back_is_there_again() {
    let world = World::start().await;
    let lot = world.received(30).await;
    let order_id = world.sell(&user(), &[(&lot, 6)]).await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        let back = returned(order_id, &[(&lot, 6)]);
        world.harness.redeliver("product", id, order_id, 2, &back).await;
    }
    world.applied("product", order_id, 2).await;
    assert_eq!(world.counts(&lot.lot_id).await, (30, 0));
    let line = world.orders(&lot.lot_id).await.remove(0);
    assert_eq!(
        (line.state(), line.quantity, line.time),
        (OrderLineState::Returned, 6, at(2))
    );
    let (_, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    let back = events.last().unwrap();
    assert_eq!(
        (back.disposition(), back.action()),
        (Disposition::Returned, TraceAction::Delete)
    );
}

#[tokio::test]
async fn messages_that_make_no_sense_are_parked() {
    let world = World::start().await;
    let known = world.received(5).await;
    let new = Uuid::now_v7;
    macro_rules! parked {
        ($stream:literal, $name:literal, $($fact:expr),+) => {
            $(world.harness.deliver($stream, new(), 1, &$fact).await;)+
            world.parked($name).await;
        };
    }
    let mut without_goods = world.receipt(&world.lot(1));
    without_goods.lot.as_mut().unwrap().received = 0;
    parked!(
        "product",
        "xlcfi.product.v1.LotReceived",
        without_goods,
        LotReceived::default()
    );
    let of_nothing = LotSplit {
        lot: Some(world.lot(1)),
        moved: false,
        time: at(0),
        product: Some(world.product()),
    };
    parked!("product", "xlcfi.product.v1.LotSplit", of_nothing);
    parked!("product", "xlcfi.product.v1.LotMoved", LotMoved::default());
    let nothing = LotChanged {
        lot_id: known.lot_id.clone(),
        kind: StockEntryKind::Adjusted.into(),
        time: at(0),
        ..Default::default()
    };
    parked!("product", "xlcfi.product.v1.LotChanged", nothing);
    parked!("product", "xlcfi.product.v1.LotsHeld", LotsHeld::default());
    parked!(
        "product",
        "xlcfi.product.v1.LotsReleased",
        LotsReleased::default()
    );
    parked!("product", "xlcfi.product.v1.StockSold", sold(new(), &[]));
    parked!(
        "product",
        "xlcfi.product.v1.StockSold",
        StockSold::default(),
        sold(new(), &[(&known, 0)])
    );
    parked!(
        "product",
        "xlcfi.product.v1.StockReturned",
        StockReturned::default()
    );
    parked!("order", "xlcfi.order.v1.OrderCreated", OrderCreated::default());
    parked!("order", "xlcfi.order.v1.OrderShipped", OrderShipped::default());
    parked!(
        "order",
        "xlcfi.order.v1.OrderDelivered",
        OrderDelivered::default()
    );
    assert_eq!(world.counts(&known.lot_id).await, (5, 0));
}
