//! What product tells of recalls, in carts and orders.

use std::time::Duration;

use prost_types::Timestamp;
use tokio::time::timeout;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CartLine, GetCartRequest, ListOrdersRequest, Order, OrderRecall, OrderRecallNoticed, OrderState,
    RecalledLine, SetCartLineRequest, WatchOrderRequest,
};
use xlcfi_contracts::product::v1::{
    self as product, LotState, LotsHeld, LotsReleased, OrderRecalled, ProductArchived, ProductPublished,
};
use xlcfi_events::Stream;
use xlcfi_testkit::eventually;

use crate::shop::{Shop, saga_id};

/// When the test's clock begins.
const NOW: Timestamp = Timestamp {
    seconds: 1_795_305_600,
    nanos: 0,
};

/// Lots of a product, recalled.
fn held(product_id: Uuid, lot_ids: &[Uuid], recall_id: Uuid, reason: &str) -> LotsHeld {
    LotsHeld {
        product_id: product_id.to_string(),
        lot_ids: lot_ids.iter().map(Uuid::to_string).collect(),
        state: LotState::Recalled.into(),
        recall_id: recall_id.to_string(),
        reason: reason.into(),
        time: Some(NOW),
    }
}

fn released(product_id: Uuid, lot_ids: &[Uuid]) -> LotsReleased {
    LotsReleased {
        product_id: product_id.to_string(),
        lot_ids: lot_ids.iter().map(Uuid::to_string).collect(),
        reason: "검사 결과 이상 없음".into(),
        time: Some(NOW),
    }
}

/// Two potatoes of an order, from one lot, recalled.
fn recalled(shop: &Shop, order: &Order, recall_id: Uuid, lot_id: Uuid) -> OrderRecalled {
    OrderRecalled {
        order_id: order.order_id.clone(),
        recall_id: recall_id.to_string(),
        lines: vec![product::RecalledLine {
            product_id: shop.potatoes.to_string(),
            lot_id: lot_id.to_string(),
            quantity: 2,
            sold: true,
        }],
        reason: "금속 조각이 나왔습니다. 드시지 마세요.".into(),
        time: Some(NOW),
    }
}

/// The same, as the order shows it.
fn shown(told: &OrderRecalled) -> OrderRecall {
    let line = |line: &product::RecalledLine| RecalledLine {
        product_id: line.product_id.clone(),
        lot_id: line.lot_id.clone(),
        quantity: line.quantity,
        sold: line.sold,
    };
    OrderRecall {
        recall_id: told.recall_id.clone(),
        reason: told.reason.clone(),
        lines: told.lines.iter().map(line).collect(),
        time: told.time,
    }
}

/// A shop, and potatoes and ramen in the buyer's cart.
async fn open() -> Shop {
    let shop = Shop::open().await;
    for product in [shop.potatoes, shop.ramen] {
        let set = SetCartLineRequest {
            product_id: product.to_string(),
            quantity: 1,
            ..Default::default()
        };
        shop.buyers().set_cart_line(set).await.unwrap();
    }
    shop
}

/// Waits until all that product told so far has been taken in.
async fn quiet(shop: &Shop) {
    shop.harness.taken_in(Stream::events("product"), "order").await;
}

/// What the cart says of its lines' recalls.
async fn notices(shop: &Shop) -> Vec<String> {
    let cart = shop.buyers().get_cart(GetCartRequest {}).await.unwrap();
    let notice = |line: CartLine| {
        assert_eq!(line.recalled, !line.recall_reason.is_empty());
        assert_eq!(line.problem, "", "it is still sold, from other lots");
        line.recall_reason
    };
    cart.into_inner()
        .cart
        .unwrap()
        .lines
        .into_iter()
        .map(notice)
        .collect()
}

#[tokio::test]
async fn a_cart_tells_of_recalled_lots_until_all_are_released() {
    let shop = open().await;
    let (recall, lots) = (Uuid::now_v7(), [1, 2, 3].map(Uuid::from_u128));
    let product = shop.potatoes;
    let deliver = async |version, event: &LotsHeld| {
        shop.harness.deliver("product", product, version, event).await;
        quiet(&shop).await;
    };
    // Other news of the product says nothing here.
    shop.harness
        .deliver("product", product, 1, &ProductPublished::default())
        .await;
    assert_eq!(notices(&shop).await, ["", ""]);
    deliver(2, &held(product, &lots[..2], recall, "금속")).await;
    assert_eq!(notices(&shop).await, ["금속", ""]);
    deliver(3, &held(product, &lots[2..], recall, "금속 조각")).await;
    assert_eq!(notices(&shop).await, ["금속 조각", ""]);

    let release = async |version, lots: &[Uuid]| {
        shop.harness
            .deliver("product", product, version, &released(product, lots))
            .await;
        quiet(&shop).await;
    };
    release(4, &lots[1..2]).await;
    // Its recall was lifted, and its seller held it before.
    let by_seller = LotsHeld {
        state: LotState::Held.into(),
        recall_id: String::new(),
        ..held(product, &lots[2..], Uuid::nil(), "상자 파손")
    };
    deliver(5, &by_seller).await;
    assert_eq!(notices(&shop).await, ["금속 조각", ""], "one lot is left");
    // With a lot nobody recalled.
    release(6, &[lots[0], Uuid::now_v7()]).await;
    assert_eq!(notices(&shop).await, ["", ""]);
}

#[tokio::test]
async fn a_recall_of_lots_that_comes_again_after_their_release_changes_nothing() {
    let shop = open().await;
    let (lot, id) = (Uuid::now_v7(), Uuid::now_v7());
    let told = held(shop.ramen, &[lot], Uuid::now_v7(), "이물");
    let redeliver = async || {
        shop.harness.redeliver("product", id, shop.ramen, 1, &told).await;
        quiet(&shop).await;
    };
    redeliver().await;
    redeliver().await;
    assert_eq!(notices(&shop).await, ["", "이물"]);
    shop.harness
        .deliver("product", shop.ramen, 2, &released(shop.ramen, &[lot]))
        .await;
    redeliver().await;
    assert_eq!(notices(&shop).await, ["", ""]);
}

#[tokio::test]
async fn a_cart_tells_the_newest_recall_for_30_days_and_not_of_what_a_seller_holds() {
    let shop = open().await;
    let by_seller = LotsHeld {
        state: LotState::Held.into(),
        recall_id: String::new(),
        ..held(shop.ramen, &[Uuid::now_v7()], Uuid::nil(), "상자 파손")
    };
    shop.harness.deliver("product", shop.ramen, 1, &by_seller).await;
    let before = held(shop.potatoes, &[Uuid::now_v7()], Uuid::now_v7(), "농약");
    let after = LotsHeld {
        time: Some(Timestamp {
            seconds: NOW.seconds + 3_600,
            ..NOW
        }),
        ..held(shop.potatoes, &[Uuid::now_v7()], Uuid::now_v7(), "금속")
    };
    shop.harness.deliver("product", shop.potatoes, 1, &after).await;
    shop.harness.deliver("product", shop.potatoes, 2, &before).await;
    quiet(&shop).await;
    assert_eq!(notices(&shop).await, ["금속", ""]);
    let days = Duration::from_secs(30 * 24 * 3_600);
    shop.harness.advance(days);
    assert_eq!(notices(&shop).await, ["금속", ""], "30 days less an hour");
    shop.harness.advance(Duration::from_secs(3_600));
    assert_eq!(notices(&shop).await, ["", ""]);
}

#[tokio::test]
async fn nothing_is_told_of_a_product_that_is_archived() {
    let shop = open().await;
    let told = held(shop.ramen, &[Uuid::now_v7()], Uuid::now_v7(), "이물");
    shop.harness.deliver("product", shop.ramen, 1, &told).await;
    quiet(&shop).await;
    assert_eq!(notices(&shop).await, ["", "이물"]);
    let archived = ProductArchived {
        product_id: shop.ramen.to_string(),
        time: Some(NOW),
    };
    shop.harness.deliver("product", shop.ramen, 2, &archived).await;
    quiet(&shop).await;
    assert_eq!(notices(&shop).await, ["", ""]);
}

#[tokio::test]
async fn a_recalled_order_says_so_wherever_it_is_seen_and_tells_of_it_once() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    let watch = WatchOrderRequest {
        order_id: order.order_id.clone(),
        after_version: order.version,
    };
    let mut watched = shop.buyers().watch_order(watch).await.unwrap().into_inner();
    shop.harness.advance(Duration::from_secs(60));
    let told = recalled(&shop, &order, Uuid::now_v7(), Uuid::now_v7());
    let (id, key) = (Uuid::now_v7(), saga_id(&order));
    for _ in 0..2 {
        shop.harness.redeliver("product", id, key, 1, &told).await;
    }
    // Told anew under another id, as when the inbox was lost.
    shop.harness.deliver("product", key, 2, &told).await;
    quiet(&shop).await;

    let seen = shop.get(&order).await;
    assert_eq!(seen.recalls, [shown(&told)]);
    assert_eq!(
        (seen.version, seen.state(), seen.update_time),
        (
            order.version + 1,
            OrderState::Confirmed,
            Some(Timestamp {
                seconds: NOW.seconds + 60,
                ..NOW
            })
        )
    );
    let listed = shop.buyers().list_orders(ListOrdersRequest::default()).await;
    assert_eq!(listed.unwrap().into_inner().orders, std::slice::from_ref(&seen));
    let news = timeout(Duration::from_secs(8), watched.message()).await.unwrap();
    assert_eq!(news.unwrap().unwrap().order, Some(seen.clone()));

    let noticed = OrderRecallNoticed {
        order_id: order.order_id.clone(),
        member_id: order.member_id.clone(),
        version: seen.version,
        recall: Some(shown(&told)),
        time: seen.update_time,
    };
    assert_eq!(shop.harness.published::<OrderRecallNoticed>().await, [noticed]);
}

#[tokio::test]
async fn a_recall_that_grows_is_told_again_whole_and_another_stands_beside_it() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    let (recall, lots) = (Uuid::now_v7(), [Uuid::now_v7(), Uuid::now_v7()]);
    let first = recalled(&shop, &order, recall, lots[0]);
    let more = recalled(&shop, &order, recall, lots[1]);
    let other = recalled(&shop, &order, Uuid::now_v7(), lots[0]);
    for (at, told) in (1..).zip([&first, &more, &other]) {
        shop.harness.deliver("product", saga_id(&order), at, told).await;
    }
    quiet(&shop).await;
    let grown = OrderRecall {
        lines: [shown(&first).lines, shown(&more).lines].concat(),
        ..shown(&first)
    };
    let seen = shop.get(&order).await;
    assert_eq!(seen.recalls, [grown.clone(), shown(&other)]);
    assert_eq!(seen.version, order.version + 3);
    let told: Vec<OrderRecallNoticed> = shop.harness.published().await;
    let told: Vec<Option<OrderRecall>> = told.into_iter().map(|told| told.recall).collect();
    assert_eq!(told, [Some(shown(&first)), Some(grown), Some(shown(&other))]);
}

#[tokio::test]
async fn an_order_whose_reserved_goods_are_recalled_says_so_and_goes_on() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let mut told = recalled(&shop, &order, Uuid::now_v7(), Uuid::now_v7());
    told.lines[0].sold = false;
    shop.harness.deliver("product", saga_id(&order), 1, &told).await;
    quiet(&shop).await;
    shop.settle(&order, &["reserve-stock", "take-payment", "commit-stock"])
        .await;
    let confirmed = shop.reaches(&order, OrderState::Confirmed).await;
    assert_eq!(
        (confirmed.recalls.as_slice(), confirmed.version),
        ([shown(&told)].as_slice(), 4)
    );
}

#[tokio::test]
async fn a_recall_of_an_order_of_nobody_is_passed_over() {
    let shop = Shop::open().await;
    let unknown = Order {
        order_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let told = recalled(&shop, &unknown, Uuid::now_v7(), Uuid::now_v7());
    shop.harness.deliver("product", saga_id(&unknown), 1, &told).await;
    quiet(&shop).await;
    assert!(shop.harness.parked().await.is_empty());
    assert!(shop.harness.published::<OrderRecallNoticed>().await.is_empty());
}

#[tokio::test]
async fn malformed_news_of_recalls_is_parked_and_the_rest_goes_on() {
    let shop = open().await;
    let order = shop.order().await;
    let lot = Uuid::now_v7();
    let well = held(shop.potatoes, &[lot], Uuid::now_v7(), "금속");
    let told = recalled(&shop, &order, Uuid::now_v7(), lot);
    let broken = LotsHeld {
        lot_ids: vec!["lot".into()],
        ..well.clone()
    };
    let timeless = LotsHeld {
        time: None,
        ..well.clone()
    };
    for broken in [broken, timeless] {
        shop.harness.deliver("product", Uuid::now_v7(), 1, &broken).await;
    }
    let broken = released(shop.potatoes, &[]);
    shop.harness.deliver("product", Uuid::now_v7(), 1, &broken).await;
    let broken = ProductArchived {
        product_id: "potatoes".into(),
        time: None,
    };
    shop.harness.deliver("product", Uuid::now_v7(), 1, &broken).await;
    let broken = OrderRecalled {
        recall_id: String::new(),
        ..told.clone()
    };
    shop.harness.deliver("product", saga_id(&order), 1, &broken).await;
    // Behind a parked one of its key.
    shop.harness.deliver("product", saga_id(&order), 2, &told).await;
    shop.harness.deliver("product", shop.potatoes, 1, &well).await;
    let parked = eventually(async || {
        let parked = shop.harness.parked().await;
        (parked.len() == 6).then_some(parked)
    })
    .await;
    let mut types: Vec<&str> = parked
        .iter()
        .map(|(name, _)| name.rsplit('.').next().unwrap())
        .collect();
    types.sort_unstable();
    assert_eq!(
        types,
        [
            "LotsHeld",
            "LotsHeld",
            "LotsReleased",
            "OrderRecalled",
            "OrderRecalled",
            "ProductArchived"
        ]
    );
    eventually(async || (notices(&shop).await == ["금속", ""]).then_some(())).await;
    assert!(shop.get(&order).await.recalls.is_empty());
}
