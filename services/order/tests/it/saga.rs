use uuid::Uuid;
use xlcfi_contracts::member::v1::{HoldPointsCommand, ReleasePointsCommand};
use xlcfi_contracts::order::v1::{
    CreateOrderRequest, OrderAwaitingPayment, OrderCancelled, OrderCancelling, OrderConfirmed, OrderState,
};
use xlcfi_contracts::payment::v1::{CancelPaymentCommand, TakePaymentCommand};
use xlcfi_contracts::product::v1::{CommitStockCommand, ReleaseStockCommand, ReserveStockCommand};
use xlcfi_contracts::saga::v1::Direction::{Do, Undo};
use xlcfi_testkit::{done, refused};

use crate::shop::{Shop, asked, won};

#[tokio::test]
async fn an_order_with_a_stored_method_is_reserved_paid_and_confirmed() {
    let shop = Shop::open().await;
    let method = Uuid::now_v7().to_string();
    let request = CreateOrderRequest {
        payment_method_id: method.clone(),
        ..shop.request(&[(shop.potatoes, 2), (shop.ramen, 1)])
    };
    let order = shop.create(request).await;

    let reserve: ReserveStockCommand = asked(&shop.command(&order, "reserve-stock", Do).await);
    assert_eq!(reserve.order_id, order.order_id);
    assert_eq!(
        (reserve.lines[0].product_id.as_str(), reserve.lines[0].quantity),
        (shop.potatoes.to_string().as_str(), 2)
    );
    let reserved = reserve.expire_time.unwrap().seconds - order.create_time.as_ref().unwrap().seconds;
    assert_eq!(reserved, 600);

    shop.settle(&order, &["reserve-stock"]).await;
    let waiting = shop.reaches(&order, OrderState::AwaitingPayment).await;
    let due = waiting.payment_due_time.unwrap().seconds - order.create_time.as_ref().unwrap().seconds;
    assert_eq!((due, waiting.version), (570, 2));

    let take: TakePaymentCommand = asked(&shop.command(&order, "take-payment", Do).await);
    assert_eq!(
        (
            take.member_id.as_str(),
            take.title.as_str(),
            take.payment_method_id
        ),
        (order.member_id.as_str(), "감자 외 1건", method)
    );
    assert_eq!((take.amount, take.tax_exempt_amount), (won(29_000), won(24_000)));
    assert_eq!(
        take.due_time.unwrap().seconds,
        reserve.expire_time.unwrap().seconds - 30
    );

    shop.settle(&order, &["take-payment", "commit-stock"]).await;
    let confirmed = shop.reaches(&order, OrderState::Confirmed).await;
    assert_eq!((confirmed.version, confirmed.payment_due_time), (3, None));
    let commit: CommitStockCommand = asked(&shop.command(&order, "commit-stock", Do).await);
    assert_eq!(commit.order_id, order.order_id);
    assert_eq!(
        shop.commands(&order).await,
        ["reserve-stock", "take-payment", "commit-stock"]
    );
    let told: Vec<OrderConfirmed> = shop.harness.published().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].order.as_ref(), Some(&confirmed));
    assert_eq!(
        shop.harness.published::<OrderAwaitingPayment>().await[0].version,
        2
    );
}

#[tokio::test]
async fn an_order_for_the_widget_waits_for_its_payment_with_points_held() {
    let shop = Shop::open().await;
    let request = CreateOrderRequest {
        points: 4_000,
        ..shop.request(&[(shop.ramen, 2)])
    };
    let order = shop.create(request).await;
    shop.settle(&order, &["reserve-stock"]).await;
    let hold: HoldPointsCommand = asked(&shop.command(&order, "hold-points", Do).await);
    assert_eq!(
        (hold.member_id.as_str(), hold.points),
        (order.member_id.as_str(), 4_000)
    );
    assert_eq!(shop.get(&order).await.state(), OrderState::Pending);
    shop.settle(&order, &["hold-points"]).await;
    shop.reaches(&order, OrderState::AwaitingPayment).await;
    let take: TakePaymentCommand = asked(&shop.command(&order, "take-payment", Do).await);
    assert_eq!((take.amount, take.payment_method_id.as_str()), (won(6_000), ""));
    shop.settle(&order, &["take-payment", "commit-stock"]).await;
    shop.reaches(&order, OrderState::Confirmed).await;
}

#[tokio::test]
async fn an_order_on_account_says_so_to_payment_and_a_refusal_undoes_it() {
    let shop = Shop::open().await;
    let request = CreateOrderRequest {
        on_account: true,
        ..shop.request(&[(shop.ramen, 1)])
    };
    let order = shop.create(request).await;
    shop.settle(&order, &["reserve-stock"]).await;
    let take: TakePaymentCommand = asked(&shop.command(&order, "take-payment", Do).await);
    assert_eq!((take.on_account, take.payment_method_id.as_str()), (true, ""));
    shop.answer(&order, "take-payment", Do, refused("CREDIT_LIMIT_EXCEEDED"))
        .await;
    let cancelling = shop.reaches(&order, OrderState::Cancelling).await;
    assert_eq!(cancelling.failure_reason, "CREDIT_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn an_order_paid_by_points_needs_no_payment() {
    let shop = Shop::open().await;
    let request = CreateOrderRequest {
        points: 5_000,
        ..shop.request(&[(shop.ramen, 1)])
    };
    let order = shop.create(request).await;
    shop.settle(&order, &["reserve-stock", "hold-points", "commit-stock"])
        .await;
    let confirmed = shop.reaches(&order, OrderState::Confirmed).await;
    assert_eq!(
        shop.commands(&order).await,
        ["reserve-stock", "hold-points", "commit-stock"]
    );
    assert_eq!(confirmed.version, 2);
    assert!(shop.harness.published::<OrderAwaitingPayment>().await.is_empty());
}

#[tokio::test]
async fn an_order_refused_at_any_step_is_undone_and_says_why() {
    let shop = Shop::open().await;
    let steps = ["reserve-stock", "hold-points", "take-payment", "commit-stock"];
    let reasons = [
        "OUT_OF_STOCK",
        "POINTS_INSUFFICIENT",
        "PAYMENT_DECLINED",
        "OUT_OF_STOCK",
    ];
    for (at, reason) in reasons.into_iter().enumerate() {
        let request = CreateOrderRequest {
            points: 1_000,
            ..shop.request(&[(shop.ramen, 1)])
        };
        let order = shop.create(request).await;
        shop.settle(&order, &steps[..at]).await;
        shop.answer(&order, steps[at], Do, refused(reason)).await;
        let undone: Vec<&str> = steps[..at.min(3)].iter().rev().copied().collect();
        if !undone.is_empty() {
            let cancelling = shop.reaches(&order, OrderState::Cancelling).await;
            assert_eq!(cancelling.failure_reason, reason);
        }
        shop.undo(&order, &undone).await;
        let cancelled = shop.reaches(&order, OrderState::Cancelled).await;
        assert_eq!(cancelled.failure_reason, reason);
        let undos: Vec<String> = undone.iter().map(|step| format!("-{step}")).collect();
        assert_eq!(shop.commands(&order).await[at + 1..], undos);
        let told: Vec<OrderCancelled> = shop.harness.published().await;
        let told = told.last().unwrap();
        assert_eq!((told.reason.as_str(), told.was_confirmed), (reason, false));
        assert_eq!(told.order.as_ref(), Some(&cancelled));
        let cancelling: Vec<OrderCancelling> = shop.harness.published().await;
        assert_eq!(cancelling.last().unwrap().order_id, order.order_id);
    }
}

#[tokio::test]
async fn every_undo_names_what_it_undoes() {
    let shop = Shop::open().await;
    let request = CreateOrderRequest {
        points: 1_000,
        ..shop.request(&[(shop.ramen, 1)])
    };
    let order = shop.create(request).await;
    shop.settle(&order, &["reserve-stock", "hold-points", "take-payment"])
        .await;
    shop.answer(&order, "commit-stock", Do, refused("OUT_OF_STOCK"))
        .await;
    let refund: CancelPaymentCommand = asked(&shop.command(&order, "take-payment", Undo).await);
    assert_eq!(
        (refund.order_id, refund.reason.as_str()),
        (order.order_id.clone(), "OUT_OF_STOCK")
    );
    shop.undo(&order, &["take-payment"]).await;
    let release: ReleasePointsCommand = asked(&shop.command(&order, "hold-points", Undo).await);
    assert_eq!(
        (release.order_id, release.member_id),
        (order.order_id.clone(), order.member_id.clone())
    );
    shop.undo(&order, &["hold-points"]).await;
    let release: ReleaseStockCommand = asked(&shop.command(&order, "reserve-stock", Undo).await);
    assert_eq!(release.order_id, order.order_id);
}

#[tokio::test]
async fn late_and_repeated_replies_change_nothing() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let reserve = shop.command(&order, "reserve-stock", Do).await;
    for _ in 0..3 {
        shop.harness.reply(&reserve, done()).await;
    }
    shop.reaches(&order, OrderState::AwaitingPayment).await;
    // A participant that changes its mind is not heard.
    shop.harness.reply(&reserve, refused("OUT_OF_STOCK")).await;
    shop.quiet().await;
    assert_eq!(shop.get(&order).await.version, 2);
    assert_eq!(shop.commands(&order).await, ["reserve-stock", "take-payment"]);

    let take = shop.command(&order, "take-payment", Do).await;
    shop.harness.reply(&take, refused("PAYMENT_EXPIRED")).await;
    shop.undo(&order, &["reserve-stock"]).await;
    let cancelled = shop.reaches(&order, OrderState::Cancelled).await;
    // The payment comes through after all; the payment service undoes it.
    shop.harness.reply(&take, done()).await;
    shop.harness.reply(&reserve, done()).await;
    shop.quiet().await;
    assert_eq!(shop.get(&order).await, cancelled);
    assert_eq!(
        shop.commands(&order).await,
        ["reserve-stock", "take-payment", "-reserve-stock"]
    );
    assert!(shop.harness.parked().await.is_empty());
}
