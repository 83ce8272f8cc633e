use uuid::Uuid;
use xlcfi_contracts::product::v1::{CommitStockCommand, ReleaseStockCommand};
use xlcfi_contracts::saga::v1::{CommandReply, Direction, command_reply::Outcome};
use xlcfi_testkit::eventually;

use crate::fixture::{LATER, LONG_AGO, Shop, receipt, reserve, same};

/// Waits until so many commands are answered, however long all of them take.
async fn answered(shop: &Shop, wanted: i64) {
    let mut seen = 0;
    while seen < wanted {
        seen = eventually(async || {
            let count: i64 = sqlx::query_scalar("select count(*) from saga.effect where outcome is not null")
                .fetch_one(shop.harness.pool())
                .await
                .unwrap();
            (count > seen || count >= wanted).then_some(count)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_for_ten_units_reserve_exactly_ten() {
    let shop = Shop::open().await;
    let product = shop.stocked(4).await;
    shop.receive(&product.product_id, 6, "2026-12-01").await;
    for _ in 0..1_000 {
        let order = Uuid::now_v7();
        let command = reserve(order, &[(&product.product_id, 1)], LATER);
        let command = shop
            .harness
            .command_of("order", order, "reserve-stock", Direction::Do, &command);
        shop.harness.send_command(order, &command).await;
    }
    answered(&shop, 1_000).await;
    assert_eq!(shop.stock(&product.product_id).await, (0, 10));
    let replies = shop.harness.published::<CommandReply>().await;
    let done = replies
        .iter()
        .filter(|reply| matches!(reply.outcome, Some(Outcome::Done(_))))
        .count();
    assert_eq!((done, replies.len()), (10, 1_000));
    assert!(shop.harness.parked().await.is_empty());
    shop.assert_stock_adds_up().await;
}

/// A small generator of numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_over_shared_lots_neither_deadlock_nor_lose_a_unit() {
    let shop = Shop::open().await;
    let mut products = Vec::new();
    for _ in 0..4 {
        let product = shop.stocked(8).await;
        shop.receive(&product.product_id, 8, "2026-12-01").await;
        shop.receive(&product.product_id, 8, "2026-12-02").await;
        products.push(product);
    }
    let (mut dice, mut commands) = (Dice(7), 0);
    for _ in 0..120 {
        let order = Uuid::now_v7();
        let mut lines = Vec::new();
        for _ in 0..=dice.below(3) {
            let product = &products[usize::try_from(dice.below(4)).unwrap()];
            lines.push((
                product.product_id.as_str(),
                i64::try_from(dice.below(6)).unwrap() + 1,
            ));
        }
        let until = if dice.below(4) == 0 { LONG_AGO } else { LATER };
        let (order_id, harness) = (order.to_string(), &shop.harness);
        let taking = reserve(order, &lines, until);
        let mut sent = vec![harness.command_of("order", order, "reserve-stock", Direction::Do, &taking)];
        if dice.below(2) == 0 {
            let selling = CommitStockCommand {
                order_id: order_id.clone(),
            };
            sent.push(harness.command_of("order", order, "commit-stock", Direction::Do, &selling));
        }
        if dice.below(3) > 0 {
            let giving = ReleaseStockCommand { order_id };
            sent.push(harness.command_of("order", order, "reserve-stock", Direction::Undo, &giving));
        }
        commands += i64::try_from(sent.len()).unwrap();
        for command in sent {
            harness.send_command(order, &command).await;
        }
        if dice.below(8) == 0 {
            let product = &mut products[usize::try_from(dice.below(4)).unwrap()];
            shop.own()
                .receive_lot(receipt(&product.product_id, 2, "2026-12-03"))
                .await
                .unwrap();
            *product = shop
                .own()
                .update_product(same(product))
                .await
                .unwrap()
                .into_inner()
                .product
                .unwrap();
        }
    }
    answered(&shop, commands).await;
    let overdue = "select count(*) from reservation where state = 'held' and expire_time < now()";
    eventually(async || {
        let left: i64 = sqlx::query_scalar(overdue)
            .fetch_one(shop.harness.pool())
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
    shop.assert_stock_adds_up().await;
    assert!(shop.harness.parked().await.is_empty());
    let wrong: i64 = sqlx::query_scalar(
        "select count(*) from product where sold_out <> (minimum > (
             select coalesce(sum(on_hand), 0) from lot where lot.product_id = product.product_id))",
    )
    .fetch_one(shop.harness.pool())
    .await
    .unwrap();
    assert_eq!(wrong, 0, "what was told last is so");
    assert_eq!(deadlocks(&shop).await, 0);
}

/// Deadlocks PostgreSQL broke in the service's database. Its sessions are ended
/// first, because they count for themselves until then.
async fn deadlocks(shop: &Shop) -> i64 {
    let pool = shop.harness.pool();
    let options = (*pool.connect_options()).clone();
    shop.harness.base.stop.cancel();
    pool.close().await;
    let own = sqlx::PgPool::connect_with(options).await.unwrap();
    let others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    eventually(async || {
        let left: i64 = sqlx::query_scalar(others).fetch_one(&own).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    sqlx::query_scalar("select deadlocks from pg_stat_database where datname = current_database()")
        .fetch_one(&own)
        .await
        .unwrap()
}
