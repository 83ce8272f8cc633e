use std::collections::BTreeSet;

use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    GetRecallRequest, HoldForRecallRequest, LiftRecallRequest, OrderRecalled, Recall, RecallScope,
};
use xlcfi_testkit::{admin, eventually};

use crate::fixture::{LATER, Shop};

/// Orders told in one transaction.
const BATCH: i64 = 2_000;

fn request(product_id: &str) -> HoldForRecallRequest {
    HoldForRecallRequest {
        scope: Some(RecallScope {
            product_id: product_id.into(),
            ..RecallScope::default()
        }),
        reason: "대장균 검출".into(),
        request_id: Uuid::now_v7().to_string(),
    }
}

async fn get(shop: &Shop, recall_id: &str) -> Recall {
    let request = GetRecallRequest {
        recall_id: recall_id.into(),
    };
    let found = shop.recalls(&admin()).get_recall(request).await.unwrap();
    found.into_inner().recall.unwrap()
}

/// So many orders that have one unit each of every lot of a product.
async fn sold(shop: &Shop, product_id: &str, orders: i64) {
    let made = "with made as (
            insert into reservation (order_id, state, expire_time, create_time, update_time)
            select uuidv7(), 'committed', now(), now(), now() from generate_series(1, $2) returning order_id
        )
        insert into reservation_line (order_id, lot_id, product_id, quantity)
        select order_id, lot_id, product_id, 1 from made cross join lot where product_id = $1";
    sqlx::query(made)
        .bind(product_id.parse::<Uuid>().unwrap())
        .bind(orders)
        .execute(shop.harness.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn very_many_orders_are_told_in_batches_each_once() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    shop.receive(&product.product_id, 5, "2026-12-01").await;
    sold(&shop, &product.product_id, 2 * BATCH + 3).await;
    let asked = request(&product.product_id);
    let mut recalls = shop.recalls(&admin());
    let made = recalls.hold_for_recall(asked).await.unwrap();
    let made = made.into_inner().recall.unwrap();
    assert!(
        made.orders >= BATCH,
        "the first are told with the answer: {made:?}"
    );
    let told = eventually(async || {
        let now = get(&shop, &made.recall_id).await;
        now.told.then_some(now)
    });
    assert_eq!(told.await.orders, 2 * BATCH + 3);
    let facts = shop.harness.published::<OrderRecalled>().await;
    assert!(
        facts.iter().all(|fact| fact.lines.len() == 2),
        "an order is told whole"
    );
    let orders: BTreeSet<_> = facts.iter().map(|fact| &fact.order_id).collect();
    assert_eq!((orders.len(), facts.len()), (4_003, 4_003));
}

#[tokio::test]
async fn what_a_crash_left_untold_goes_on_behind_the_last_that_was_told() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    let mut orders: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    orders.sort();
    for order in &orders {
        shop.reserve(*order, &[(id, 1)], LATER).await.unwrap();
    }
    let by = admin();
    let made = shop.recalls(&by).hold_for_recall(request(id)).await.unwrap();
    let made = made.into_inner().recall.unwrap();
    assert_eq!((made.orders, made.told), (3, true));
    sqlx::query("update recall set told = false, orders = 1, told_after = $1")
        .bind(orders[0])
        .execute(shop.harness.pool())
        .await
        .unwrap();
    eventually(async || get(&shop, &made.recall_id).await.told.then_some(())).await;
    let facts = shop.harness.published::<OrderRecalled>().await;
    let again: Vec<String> = facts.iter().skip(3).map(|fact| fact.order_id.clone()).collect();
    assert_eq!(again, [orders[1].to_string(), orders[2].to_string()]);
    assert_eq!(get(&shop, &made.recall_id).await.orders, 3);
}

#[tokio::test]
async fn a_recall_that_is_lifted_meanwhile_tells_nobody_else() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    shop.reserve(Uuid::now_v7(), &[(id, 1)], LATER).await.unwrap();
    let made = shop.recalls(&admin()).hold_for_recall(request(id)).await.unwrap();
    let recall_id = made.into_inner().recall.unwrap().recall_id;
    let lift = LiftRecallRequest {
        recall_id: recall_id.clone(),
        reason: "이상 없음".into(),
    };
    shop.recalls(&admin()).lift_recall(lift).await.unwrap();
    sqlx::query("update recall set told = false, told_after = null")
        .execute(shop.harness.pool())
        .await
        .unwrap();
    eventually(async || get(&shop, &recall_id).await.told.then_some(())).await;
    assert_eq!(shop.harness.published::<OrderRecalled>().await.len(), 1);
}
