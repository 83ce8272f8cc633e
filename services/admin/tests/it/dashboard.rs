use futures::StreamExt as _;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{Dashboard, GetDashboardRequest, StateCount, WatchDashboardRequest};
use xlcfi_contracts::auth::v1::RoleGranted;
use xlcfi_contracts::convert;
use xlcfi_contracts::order::v1::{Order, OrderCancelled, OrderCancelling, OrderShipped, OrderState};
use xlcfi_contracts::payment::v1::{
    Payment, PaymentConflicted, PaymentPending, PaymentState, Refund, RefundDecided, RefundHeld, RefundState,
};
use xlcfi_contracts::product::v1::{
    LotState, LotsHeld, LotsReleased, ProductArchived, ProductRestocked, ProductSoldOut,
};
use xlcfi_contracts::review::v1::{ReviewDecided, ReviewHeld};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{World, staff};

async fn look(world: &World) -> Dashboard {
    let mut dashboard = world.dashboard(&staff(Role::Support));
    dashboard
        .get_dashboard(GetDashboardRequest {})
        .await
        .unwrap()
        .into_inner()
        .dashboard
        .unwrap()
}

async fn shows(world: &World, what: impl Fn(&Dashboard) -> bool) -> Dashboard {
    eventually(async || Some(look(world).await).filter(|dashboard| what(dashboard))).await
}

fn count(counts: &[StateCount], state: &str) -> i64 {
    counts
        .iter()
        .find(|count| count.state == state)
        .map_or(0, |count| count.count)
}

#[tokio::test]
async fn orders_are_counted_by_state_and_sales_by_day() {
    let world = World::open().await;
    let buyer = Uuid::now_v7();
    world.sale(buyer, "pending", false).await;
    world.sale(buyer, "delivered", true).await;
    let shipped = world.sale(buyer, "confirmed", true).await;
    let gone = world.sale(buyer, "confirmed", true).await;
    let time = Some(world.timestamp());
    let on_its_way = OrderShipped {
        order_id: shipped.order_id.to_string(),
        time,
        ..OrderShipped::default()
    };
    let event = world
        .harness
        .deliver("order", shipped.order_id, 3, &on_its_way)
        .await;
    world
        .harness
        .redeliver("order", event, shipped.order_id, 3, &on_its_way)
        .await;
    let cancelling = OrderCancelling {
        order_id: gone.order_id.to_string(),
        time,
        ..OrderCancelling::default()
    };
    world
        .harness
        .deliver("order", gone.order_id, 3, &cancelling)
        .await;
    let cancelled = OrderCancelled {
        order: Some(Order {
            order_id: gone.order_id.to_string(),
            member_id: buyer.to_string(),
            state: OrderState::Cancelled.into(),
            payable: Some(convert::won(15_000)),
            ..Order::default()
        }),
        was_confirmed: true,
        time,
        ..OrderCancelled::default()
    };
    world.harness.deliver("order", gone.order_id, 4, &cancelled).await;
    let seen = shows(&world, |seen| {
        count(&seen.orders, "CANCELLED") == 1 && count(&seen.orders, "SHIPPED") == 1
    });
    let seen = seen.await;
    assert_eq!(count(&seen.orders, "PENDING"), 1);
    assert_eq!(count(&seen.orders, "DELIVERED"), 1);
    let day = &seen.sales[0];
    // 2026-11-22 00:00 in London is the same day in Seoul.
    assert_eq!((day.day.as_str(), day.orders, day.won), ("2026-11-22", 3, 45_000));
    assert_eq!((day.cancelled, day.cancelled_won), (1, 15_000));
    // After ten minutes a saga that waits for no buyer is a matter of concern.
    assert_eq!(seen.stuck_orders, 0);
    world.harness.advance(std::time::Duration::from_secs(601));
    assert_eq!(look(&world).await.stuck_orders, 1);
}

#[tokio::test]
async fn stock_payments_and_refunds_that_need_somebody_are_counted() {
    let world = World::open().await;
    let (time, h) = (Some(world.timestamp()), &world.harness);
    let [one, other, key] = std::array::from_fn(|_| Uuid::now_v7());
    let sold_out = |product: Uuid| ProductSoldOut {
        product_id: product.to_string(),
        time,
    };
    h.deliver("product", one, 1, &sold_out(one)).await;
    h.deliver("product", other, 1, &sold_out(other)).await;
    let restocked = ProductRestocked {
        product_id: one.to_string(),
        time,
    };
    h.deliver("product", one, 2, &restocked).await;
    let lots = [Uuid::now_v7().to_string(), Uuid::now_v7().to_string()];
    let held = LotsHeld {
        product_id: one.to_string(),
        lot_ids: lots.to_vec(),
        state: LotState::Recalled.into(),
        recall_id: Uuid::now_v7().to_string(),
        time,
        ..LotsHeld::default()
    };
    h.deliver("product", one, 3, &held).await;
    let released = LotsReleased {
        product_id: one.to_string(),
        lot_ids: vec![lots[0].clone()],
        time,
        ..LotsReleased::default()
    };
    h.deliver("product", one, 4, &released).await;
    let payment = |order: Uuid, state: PaymentState| {
        Some(Payment {
            order_id: order.to_string(),
            state: state.into(),
            ..Payment::default()
        })
    };
    let pending = PaymentPending {
        payment: payment(one, PaymentState::Pending),
        time,
    };
    h.deliver("payment", one, 1, &pending).await;
    let conflicted = PaymentConflicted {
        payment: payment(other, PaymentState::Conflicted),
        time,
        ..PaymentConflicted::default()
    };
    h.deliver("payment", other, 1, &conflicted).await;
    let refund = |state: RefundState| {
        Some(Refund {
            refund_id: key.to_string(),
            state: state.into(),
            amount: Some(convert::won(7_000)),
            ..Refund::default()
        })
    };
    let review = RefundHeld {
        refund: refund(RefundState::Review),
        time,
    };
    h.deliver("payment", one, 2, &review).await;
    let seen = shows(&world, |seen| {
        seen.sold_out == 1
            && seen.recalled_lots == 1
            && seen.refunds_in_review == 1
            && seen.payments.len() == 2
    });
    let seen = seen.await;
    assert_eq!(seen.refunds_in_review_won, 7_000);
    assert_eq!(
        (
            count(&seen.payments, "PENDING"),
            count(&seen.payments, "CONFLICTED")
        ),
        (1, 1)
    );
    let decided = RefundDecided {
        refund: refund(RefundState::Rejected),
        time,
    };
    h.deliver("payment", one, 3, &decided).await;
    let archived = ProductArchived {
        product_id: other.to_string(),
        time,
    };
    h.deliver("product", other, 2, &archived).await;
    shows(&world, |seen| seen.refunds_in_review == 0 && seen.sold_out == 0).await;
}

#[tokio::test]
async fn reviews_that_wait_for_a_person_are_counted() {
    let world = World::open().await;
    let (time, review) = (Some(world.timestamp()), Uuid::now_v7());
    let held = ReviewHeld {
        review_id: review.to_string(),
        time,
        ..ReviewHeld::default()
    };
    world.harness.deliver("review", review, 1, &held).await;
    shows(&world, |seen| seen.reviews_in_moderation == 1).await;
    let decided = ReviewDecided {
        review_id: review.to_string(),
        time,
        ..ReviewDecided::default()
    };
    world.harness.deliver("review", review, 2, &decided).await;
    shows(&world, |seen| seen.reviews_in_moderation == 0).await;
}

#[tokio::test]
async fn what_cannot_be_applied_is_parked_and_shown() {
    let world = World::open().await;
    let broken = ProductSoldOut {
        product_id: "?".into(),
        time: None,
    };
    world.harness.deliver("product", Uuid::now_v7(), 1, &broken).await;
    let seen = shows(&world, |seen| seen.parked_messages == 1).await;
    assert_eq!(seen.sold_out, 0);
}

#[tokio::test]
async fn watchers_see_it_change() {
    let world = World::open().await;
    let mut dashboard = world.dashboard(&staff(Role::Finance));
    let stream = dashboard.watch_dashboard(WatchDashboardRequest {}).await.unwrap();
    let mut stream = stream.into_inner();
    let first = stream.next().await.unwrap().unwrap().dashboard.unwrap();
    assert!(first.orders.is_empty());
    world.sale(Uuid::now_v7(), "confirmed", true).await;
    loop {
        let next = stream.next().await.unwrap().unwrap().dashboard.unwrap();
        if count(&next.orders, "CONFIRMED") == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn roles_changed_at_their_owner_stand_in_the_log_once() {
    let world = World::open().await;
    let account = Uuid::now_v7();
    let granted = RoleGranted {
        account_id: account.to_string(),
        role: Role::Admin.into(),
        time: Some(world.timestamp()),
        ..RoleGranted::default()
    };
    let event = world.harness.deliver("auth", account, 1, &granted).await;
    world.harness.redeliver("auth", event, account, 1, &granted).await;
    let log =
        eventually(async || Some(world.log(&account.to_string()).await).filter(|log| !log.is_empty())).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].actor.as_str(), log[0].action.as_str()),
        ("auth", "role.granted")
    );
}

#[tokio::test]
async fn only_staff_sees_it() {
    let world = World::open().await;
    let mut dashboard = world.dashboard(&user());
    let refused = dashboard.get_dashboard(GetDashboardRequest {}).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = dashboard.watch_dashboard(WatchDashboardRequest {}).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}
