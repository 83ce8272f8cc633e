//! Measures what stock must bear: orders that all want one product at once, and a
//! recall with 100,000 lots and as many orders in the database. Needs the servers
//! tests need: `make bench-stock`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::time::sleep;
use uuid::Uuid;
use xlcfi_contracts::product::v1::recall_service_client::RecallServiceClient;
use xlcfi_contracts::product::v1::{
    HoldForRecallRequest, LiftRecallRequest, Recall, RecallScope, ReserveStockCommand, ScanRecallRequest,
    StockLine,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{Harness, admin};

/// Orders that want the hot product.
const ORDERS: usize = 5_000;
/// Units of it.
const UNITS: i64 = 4_000;

const SHOP: &str = "
    insert into category (category_id, slug, name_ko, name_en, sort, create_time)
        values ('00000000-0000-7000-8000-000000000001', 'all', '전체', 'All', 1, now());
    insert into warehouse (warehouse_id, seller_id, name, address, create_time)
        values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003', '창고', '', now());
    insert into product (product_id, family_id, seller_id, category_id, sku, name, name_en, description, unit,
        content_amount, content_unit, origin, storage, allergens, tax, rung_quantities, rung_prices, minimum, multiple,
        maximum, state, sold_out, version, create_time, update_time, licence_number, gtin)
    select id, id, '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001', n::text,
        '감자 ' || n, '', '', '상자', 1000, 2, '국내산', 3, '{}', 2, '{1}', '{1000}', 1, 1, 1000, 'published', false, 1,
        now(), now(), case when n <= 100 then 'ten-thousand' else 'others' end, '88' || lpad(n::text, 6, '0')
    from (select uuidv7() as id, n from generate_series(1, 1000) n) made";

/// A hundred lots a product, and of each lot an order that bought of it.
const GOODS: &str = "
    insert into lot (lot_id, product_id, warehouse_id, own_lot, supplier_lot, received, on_hand, reserved, sold,
        use_by_date, origin, receive_time)
    select uuidv7(), product_id, '00000000-0000-7000-8000-000000000002', 'OWN-' || n, 'L-' || sku || '-' || n, 10, 8, 0,
        2, '2099-01-01', '', now()
    from product cross join generate_series(1, 100) n;
    insert into reservation (order_id, state, expire_time, create_time, update_time)
    select lot_id, 'committed', now(), now(), now() from lot;
    insert into reservation_line (order_id, lot_id, product_id, quantity)
    select lot_id, lot_id, product_id, 2 from lot;
    insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, time)
    select product_id, lot_id, 'received', 8, 0, 2, 'product', now() from lot;
    analyze";

#[tokio::main]
async fn main() {
    let harness = Harness::start(xlcfi_product::SERVICE, xlcfi_product::start).await;
    run(&harness, SHOP).await;
    hot_product(&harness).await;
    run(&harness, GOODS).await;
    let (lots, orders): (i64, i64) =
        sqlx::query_as("select (select count(*) from lot), (select count(*) from reservation)")
            .fetch_one(harness.pool())
            .await
            .unwrap();
    println!("recalls with {lots} lots and {orders} orders in the database:");
    let scope = RecallScope::default;
    let text = String::from;
    for (what, scope) in [
        (
            "a lot number",
            RecallScope {
                lot_number: text("L-500-7"),
                ..scope()
            },
        ),
        (
            "a barcode",
            RecallScope {
                gtin: text("88000500"),
                ..scope()
            },
        ),
        (
            "a licence, 100 products",
            RecallScope {
                licence_number: text("ten-thousand"),
                ..scope()
            },
        ),
        (
            "a licence, 900 products",
            RecallScope {
                licence_number: text("others"),
                ..scope()
            },
        ),
    ] {
        recall(&harness, what, scope).await;
    }
}

async fn run(harness: &Harness, script: &'static str) {
    sqlx::raw_sql(script).execute(harness.pool()).await.unwrap();
}

/// Orders, all at once, that want one unit each of one product of which there are
/// fewer.
async fn hot_product(harness: &Harness) {
    let lot = "insert into lot (lot_id, product_id, warehouse_id, own_lot, supplier_lot, received, on_hand, reserved,
            sold, use_by_date, origin, receive_time)
        select uuidv7(), product_id, '00000000-0000-7000-8000-000000000002', 'HOT', '', $1, $1, 0, 0, '2099-01-01', '',
            now() from product where sku = '1000' returning product_id";
    let product_id: Uuid = sqlx::query_scalar(lot)
        .bind(UNITS)
        .fetch_one(harness.pool())
        .await
        .unwrap();
    let begun = Instant::now();
    let send = async |_| {
        let order_id = Uuid::now_v7();
        let body = ReserveStockCommand {
            order_id: order_id.to_string(),
            lines: vec![StockLine {
                product_id: product_id.to_string(),
                quantity: 1,
                ..StockLine::default()
            }],
            expire_time: Some(prost_types::Timestamp {
                seconds: 4_070_908_800,
                nanos: 0,
            }),
        };
        let command = harness.command_of("order", order_id, "reserve-stock", Direction::Do, &body);
        harness.send_command(order_id, &command).await;
    };
    join_all((0..ORDERS).map(send)).await;
    let sent = begun.elapsed();
    // Every command is answered in the transaction that decides it.
    let answered = "select count(*) from events.outbox where type like '%CommandReply'";
    loop {
        let answers: i64 = sqlx::query_scalar(answered)
            .fetch_one(harness.pool())
            .await
            .unwrap();
        if usize::try_from(answers) == Ok(ORDERS) {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed();
    let (reserved, on_hand): (i64, i64) =
        sqlx::query_as("select reserved, on_hand from lot where product_id = $1")
            .bind(product_id)
            .fetch_one(harness.pool())
            .await
            .unwrap();
    assert_eq!((reserved, on_hand), (UNITS, 0), "neither too many nor too few");
    println!(
        "hot product: {ORDERS} orders for {UNITS} units answered in {:.2} s, {:.0}/s (all sent after {:.2} s); \
         {reserved} reserved",
        took.as_secs_f64(),
        ORDERS as f64 / took.as_secs_f64(),
        sent.as_secs_f64(),
    );
}

async fn recall(harness: &Harness, what: &str, scope: RecallScope) {
    let mut recalls = RecallServiceClient::new(harness.as_user(&admin()));
    let request = HoldForRecallRequest {
        scope: Some(scope),
        reason: "측정".into(),
        request_id: String::new(),
    };
    let begun = Instant::now();
    let answer = recalls.hold_for_recall(request).await.unwrap().into_inner();
    let whole = begun.elapsed();
    let held: Recall = answer.recall.unwrap();
    println!(
        "  {what:<24} {:>6} lots of {:>4} products held in {:>5} ms; {:>6} orders told, whole command {:>6.0} ms",
        held.lots,
        held.products,
        held.duration_ms,
        held.orders,
        whole.as_secs_f64() * 1_000.0,
    );
    let mut scans = RecallServiceClient::new(harness.as_service("admin"));
    let request = ScanRecallRequest {
        recall_ids: vec![held.recall_id.clone()],
        ..ScanRecallRequest::default()
    };
    let begun = Instant::now();
    let mut answers = scans.scan_recall(request).await.unwrap().into_inner();
    let mut orders = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        orders += answer.orders.len();
    }
    println!(
        "    its lots and {orders} lines of orders given in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    let lift = LiftRecallRequest {
        recall_id: held.recall_id,
        reason: "측정 끝".into(),
    };
    recalls.lift_recall(lift).await.unwrap();
}
