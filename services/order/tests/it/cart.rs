use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    Cart, ClearCartRequest, GetCartRequest, RemoveCartLineRequest, SetCartLineRequest,
};
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::shop::{Shop, won};

fn set(product_id: Uuid, quantity: i64) -> SetCartLineRequest {
    SetCartLineRequest {
        product_id: product_id.to_string(),
        quantity,
        ..Default::default()
    }
}

async fn cart(shop: &Shop) -> Cart {
    let got = shop.buyers().get_cart(GetCartRequest {}).await.unwrap();
    got.into_inner().cart.unwrap()
}

fn quantities(cart: &Cart) -> Vec<i64> {
    cart.lines.iter().map(|line| line.quantity).collect()
}

#[tokio::test]
async fn a_cart_is_priced_whenever_it_is_looked_at() {
    let shop = Shop::open().await;
    let empty = cart(&shop).await;
    assert_eq!(
        (empty.lines.len(), empty.total, empty.update_time),
        (0, won(0), None)
    );

    shop.buyers().set_cart_line(set(shop.potatoes, 2)).await.unwrap();
    shop.harness.advance(std::time::Duration::from_secs(1));
    shop.buyers().set_cart_line(set(shop.ramen, 1)).await.unwrap();
    let before = cart(&shop).await;
    assert_eq!((quantities(&before), before.total), (vec![2, 1], won(29_000)));

    shop.change(shop.ramen, |item| item.price = 6_000);
    shop.harness.advance(std::time::Duration::from_secs(1));
    let changed = shop.buyers().set_cart_line(set(shop.potatoes, 1)).await.unwrap();
    let changed = changed.into_inner().cart.unwrap();
    assert_eq!(
        (quantities(&changed), changed.total.clone()),
        (vec![1, 1], won(18_000)),
        "it keeps its place"
    );
    assert!(changed.update_time.unwrap().seconds > before.update_time.unwrap().seconds);

    let line = RemoveCartLineRequest {
        product_id: shop.potatoes.to_string(),
    };
    for _ in 0..2 {
        let left = shop.buyers().remove_cart_line(line.clone()).await.unwrap();
        assert_eq!(quantities(&left.into_inner().cart.unwrap()), [1]);
    }
    shop.buyers().clear_cart(ClearCartRequest {}).await.unwrap();
    assert!(cart(&shop).await.lines.is_empty());
}

#[tokio::test]
async fn a_cart_is_its_members_own() {
    let shop = Shop::open().await;
    shop.buyers().set_cart_line(set(shop.ramen, 1)).await.unwrap();
    let mut stranger = shop.client(&user());
    let theirs = stranger.get_cart(GetCartRequest {}).await.unwrap().into_inner();
    assert!(theirs.cart.unwrap().lines.is_empty());
    stranger.clear_cart(ClearCartRequest {}).await.unwrap();
    assert_eq!(quantities(&cart(&shop).await), [1]);
}

#[tokio::test]
async fn a_line_that_cannot_be_ordered_says_why_and_does_not_count() {
    let shop = Shop::open().await;
    let third = shop.stock(shop.seller_id);
    for product in [shop.potatoes, shop.ramen, third] {
        shop.buyers().set_cart_line(set(product, 5)).await.unwrap();
    }
    shop.change(shop.ramen, |item| item.sold = false);
    shop.change(third, |item| item.maximum = 4);
    let cart = cart(&shop).await;
    let problems: Vec<&str> = cart.lines.iter().map(|line| line.problem.as_str()).collect();
    assert_eq!(problems, ["", "PRODUCT_NOT_SOLD", "QUANTITY_NOT_ALLOWED"]);
    assert_eq!(cart.total, won(60_000));
    assert_eq!(cart.lines[1].unit_price, None);
}

#[tokio::test]
async fn what_cannot_be_ordered_does_not_come_into_a_cart() {
    let shop = Shop::open().await;
    let refused = shop.buyers().set_cart_line(set(Uuid::now_v7(), 1)).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    shop.change(shop.ramen, |item| item.maximum = 4);
    let refused = shop.buyers().set_cart_line(set(shop.ramen, 5)).await;
    assert_refused(refused, Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED");
    shop.change(shop.ramen, |item| item.sold = false);
    let refused = shop.buyers().set_cart_line(set(shop.ramen, 1)).await;
    assert_refused(refused, Code::FailedPrecondition, "PRODUCT_NOT_SOLD");
    for quantity in [0, -1, 1_000_001, i64::MAX] {
        let refused = shop.buyers().set_cart_line(set(shop.potatoes, quantity)).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    assert!(cart(&shop).await.lines.is_empty());
}

#[tokio::test]
async fn a_cart_holds_a_hundred_lines_also_when_many_come_at_once() {
    let shop = Shop::open().await;
    sqlx::query(
        "insert into cart_line select $1, gen_random_uuid(), 1, now(), now() from generate_series(1, 99)",
    )
    .bind(shop.buyer.id.uuid())
    .execute(shop.harness.pool())
    .await
    .unwrap();
    let extra: Vec<Uuid> = (0..4).map(|_| shop.stock(shop.seller_id)).collect();
    // All of them arrive before the first may write.
    let mut held = shop.harness.pool().begin().await.unwrap();
    sqlx::query("lock table cart_line in exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    let set_one = async |product: &Uuid| shop.buyers().set_cart_line(set(*product, 1)).await;
    let waiting = async || {
        let sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(sql)
            .fetch_one(shop.harness.pool())
            .await
            .unwrap();
        (waiting == 4).then_some(())
    };
    let (answers, ()) = tokio::join!(join_all(extra.iter().map(set_one)), async {
        eventually(waiting).await;
        held.rollback().await.unwrap();
    });
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1);
    for answer in refused {
        assert_refused(answer, Code::FailedPrecondition, "CART_FULL");
    }
    // A line that is there already can still be changed.
    let lines = cart(&shop).await.lines;
    let kept = extra
        .into_iter()
        .find(|product| lines.iter().any(|line| line.product_id == product.to_string()));
    shop.buyers().set_cart_line(set(kept.unwrap(), 2)).await.unwrap();
}
