use uuid::Uuid;
use xlcfi_contracts::product::v1::{CommitStockCommand, ProductRestocked, ReleaseStockCommand};
use xlcfi_contracts::saga::v1::{CommandReply, Direction, command_reply::Outcome};
use xlcfi_testkit::eventually;

use crate::fixture::{LATER, LONG_AGO, Shop, reserve};

/// Lets nobody read a lot until it is dropped, so that commands pile up and are
/// then worked on by all lanes of the consumer at once.
async fn hold_up(shop: &Shop) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut tx = shop.harness.pool().begin().await.unwrap();
    sqlx::query("lock table lot in access exclusive mode")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx
}

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
    let gate = hold_up(&shop).await;
    for _ in 0..1_000 {
        let order = Uuid::now_v7();
        let command = reserve(order, &[(&product.product_id, 1)], LATER);
        let command = shop
            .harness
            .command_of("order", order, "reserve-stock", Direction::Do, &command);
        shop.harness.send_command(order, &command).await;
    }
    gate.commit().await.unwrap();
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
        let product = shop.stocked(4).await;
        shop.receive(&product.product_id, 4, "2026-12-01").await;
        shop.receive(&product.product_id, 4, "2026-12-02").await;
        products.push(product);
    }
    let (mut dice, mut commands) = (Dice(7), 0);
    let gate = hold_up(&shop).await;
    for _ in 0..400 {
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
    }
    gate.commit().await.unwrap();
    for product in products.iter().cycle().take(40) {
        shop.receive(&product.product_id, 2, "2026-12-03").await;
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

/// How an order gives up or keeps what it reserved.
#[derive(Clone, Copy)]
enum End {
    Committed,
    Released,
    Expired,
}

/// Sets an order on its end, without waiting for it.
async fn begin(shop: &Shop, order: Uuid, end: End) {
    let (harness, order_id) = (&shop.harness, order.to_string());
    let command = match end {
        End::Committed => {
            let selling = CommitStockCommand { order_id };
            harness.command_of("order", order, "commit-stock", Direction::Do, &selling)
        }
        End::Released => {
            let giving = ReleaseStockCommand { order_id };
            harness.command_of("order", order, "reserve-stock", Direction::Undo, &giving)
        }
        End::Expired => {
            let overdue = "update reservation set expire_time = now() - interval '1 s' where order_id = $1";
            sqlx::query(overdue)
                .bind(order)
                .execute(harness.pool())
                .await
                .unwrap();
            return;
        }
    };
    harness.send_command(order, &command).await;
}

/// The end of an order meets a transaction that takes the rest of the same
/// lots, touches them in the given order and is in the midst of it.
async fn meet(shop: &Shop, end: End, state: &str, late_lot_first: bool) {
    let product = shop.create(shop.potatoes()).await;
    let soon = shop.receive(&product.product_id, 5, "2026-12-01").await;
    let late = shop.receive(&product.product_id, 5, "2026-12-02").await;
    shop.publish(&product.product_id).await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 8)], LATER)
        .await
        .unwrap();

    let mut other = shop.harness.pool().begin().await.unwrap();
    let take = "update lot set sold = sold + on_hand, on_hand = 0 where lot_id = $1::uuid";
    let sell_out = "update product set sold_out = true where product_id = $1::uuid";
    sqlx::query(sell_out)
        .bind(&product.product_id)
        .execute(&mut *other)
        .await
        .unwrap();
    let (first, second) = if late_lot_first {
        (late, soon)
    } else {
        (soon, late)
    };
    sqlx::query(take)
        .bind(&first.lot_id)
        .execute(&mut *other)
        .await
        .unwrap();
    begin(shop, order, end).await;
    let waiting = "select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'";
    eventually(async || {
        let sessions: i64 = sqlx::query_scalar(waiting)
            .fetch_one(shop.harness.pool())
            .await
            .unwrap();
        (sessions > 0).then_some(())
    })
    .await;
    sqlx::query("set local lock_timeout = '500 ms'")
        .execute(&mut *other)
        .await
        .unwrap();
    let taken = sqlx::query(take).bind(&second.lot_id).execute(&mut *other).await;
    assert!(
        taken.is_ok(),
        "{state}: who waits for a product holds none of its lots"
    );
    other.commit().await.unwrap();

    eventually(async || shop.reservation(order).await.filter(|now| now == state)).await;
    let restocked = shop.harness.published::<ProductRestocked>().await;
    let told = restocked.iter().any(|fact| fact.product_id == product.product_id);
    assert_eq!(
        told,
        !matches!(end, End::Committed),
        "{state}: what it knows of the stock is new"
    );
}

#[tokio::test]
async fn the_end_of_an_order_waits_for_whoever_works_on_its_products() {
    let shop = Shop::open().await;
    for late_lot_first in [false, true] {
        meet(&shop, End::Committed, "committed", late_lot_first).await;
        meet(&shop, End::Released, "released", late_lot_first).await;
        meet(&shop, End::Expired, "expired", late_lot_first).await;
    }
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
