//! Measures walks over what became what: 1,000,000 lots of 100 sellers, each made by an
//! event of lots one step nearer to the farm, ten steps from the first to the last, and
//! 200,000 order lines. Asked through the service's own client. Needs the servers tests
//! need: `make bench-trace`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use sqlx::PgPool;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::trace_service_client::TraceServiceClient;
use xlcfi_contracts::blockchain::v1::{
    GetLotStoryRequest, ListTracedOrdersRequest, TraceBackwardRequest, TraceForwardRequest,
};
use xlcfi_testkit::{Calling, Harness, admin};

/// Walks of each kind.
const WALKS: usize = 1_000;

/// Lots of a seller at a step, by their number among them.
const LOTS: &str = "
    create table place as
    select uuidv7() as lot_id, step, seller, n, step * 100000 + seller * 1000 + n as number
    from generate_series(0, 9) as step, generate_series(0, 99) as seller, generate_series(0, 999) as n";

/// Half of the lots come from one other, a third from two, the rest from four: 1.8 on
/// average, anywhere among their seller's lots one step nearer.
const PARENTS: &str = "
    create table came_from as
    select distinct child.lot_id as child_id, parent.lot_id as parent_id
    from (
        select lot_id, number - 100000 - n + floor(random() * 1000)::int as came_from
        from (
            select lot_id, number, n, case when random() < 0.5 then 1 when random() < 0.7 then 2 else 4 end as many
            from place where step > 0
        ) made
        join generate_series(1, 4) as k on k <= many
    ) child
    join place parent on parent.number = child.came_from";

const FILL: [&str; 7] = [
    "create unique index place_at on place (number)",
    "analyze place",
    PARENTS,
    "insert into traced_lot (lot_id, seller_id, product_id, name, lot_number, gtin, trace_number, storage, origin,
         unit, entered, taken, explained, begin_time, create_time)
     select lot_id, md5(seller::text)::uuid, null, 'lot', '', '', '', 'REFRIGERATED', '', 'GRAM', 1000, 0, 0,
         now() - interval '20 days' + step * interval '1 day', now()
     from place",
    "insert into trace_event (event_id, seller_id, kind, action, biz_step, event_time, offset_minutes, record_time,
         read_point, biz_location, parent, certificates)
     select lot_id, md5(seller::text)::uuid, case when step = 0 then 'OBJECT' else 'TRANSFORMATION' end,
         case when step = 0 then 'ADD' end, case when step = 0 then 'commissioning' else 'packing' end,
         now() - interval '20 days' + step * interval '1 day', 540, now(), '', '', '', '[]'
     from place",
    "with linked as (
         insert into lot_edge (parent_id, child_id, event_id, parent_quantity, child_quantity, event_time)
         select parent_id, child_id, child_id, 100, 1000, now() - interval '20 days' + step * interval '1 day'
         from came_from join place on lot_id = child_id
         returning parent_id, child_id, event_time
     )
     insert into event_lot (event_id, lot_id, role, quantity, event_time)
     select child_id, parent_id, 'INPUT', 100, event_time from linked
     union all
     select lot_id, lot_id, case when step = 0 then 'OBJECT' else 'OUTPUT' end, 1000,
         now() - interval '20 days' + step * interval '1 day'
     from place",
    "with made as (
         insert into traced_order (order_id) select uuidv7() from generate_series(1, 200000) returning order_id
     )
     insert into order_lot (order_id, lot_id, seller_id, product_id, sold, sell_time)
     select order_id, lot_id, md5(seller::text)::uuid, lot_id, 1, now()
     from (select order_id, row_number() over () as at from made) made
     join (select lot_id, seller, row_number() over (order by n, seller) as at from place where step = 9) place
         on place.at = 1 + made.at % 100000",
];

#[tokio::main]
async fn main() {
    let harness = Harness::start(xlcfi_blockchain::SERVICE, xlcfi_blockchain::start).await;
    let pool = harness.pool();
    let begun = Instant::now();
    for statement in [LOTS].into_iter().chain(FILL) {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
    for table in [
        "traced_lot",
        "trace_event",
        "event_lot",
        "lot_edge",
        "order_lot",
        "traced_order",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}")))
            .execute(pool)
            .await
            .unwrap();
    }
    let count = |table: &'static str| async move { counted(pool, table).await };
    println!(
        "{} events, {} links, {} order lines, filled in {:.0} s",
        count("select count(*) from trace_event").await,
        count("select count(*) from lot_edge").await,
        count("select count(*) from order_lot").await,
        begun.elapsed().as_secs_f64()
    );
    let (farms, goods) = (some(pool, 0).await, some(pool, 9).await);
    let client = TraceServiceClient::new(harness.as_user(&admin()));
    let mut lots = Vec::new();
    for id in &farms[..100] {
        lots.push(reached(pool, *id).await);
    }
    lots.sort_unstable();
    println!(
        "lots a walk comes to, median {}, most {} of 100",
        lots[50], lots[99]
    );

    measure("forward, 10 levels", &client, &farms, async |client, lot_id| {
        let request = TraceForwardRequest {
            lot_id,
            page_size: 100,
            ..Default::default()
        };
        client.trace_forward(request).await.unwrap();
    })
    .await;
    measure("backward, 10 levels", &client, &goods, async |client, lot_id| {
        let request = TraceBackwardRequest {
            lot_id,
            page_size: 100,
            ..Default::default()
        };
        client.trace_backward(request).await.unwrap();
    })
    .await;
    measure("orders of a harvest", &client, &farms, async |client, lot_id| {
        let request = ListTracedOrdersRequest {
            lot_id,
            page_size: 100,
            ..Default::default()
        };
        client.list_traced_orders(request).await.unwrap();
    })
    .await;
    measure("story of goods", &client, &goods, async |client, lot_id| {
        let request = GetLotStoryRequest {
            lot_id,
            ..Default::default()
        };
        client.get_lot_story(request).await.unwrap();
    })
    .await;
}

type Client = TraceServiceClient<Calling>;

async fn measure(what: &str, client: &Client, ids: &[Uuid], ask: impl AsyncFn(&mut Client, String)) {
    let mut client = client.clone();
    let mut took: Vec<Duration> = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let begun = Instant::now();
        ask(&mut client, id.to_string()).await;
        // The first ones make connections and plans.
        if at >= 50 {
            took.push(begun.elapsed());
        }
    }
    took.sort_unstable();
    let at = |part: f64| {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let place = (took.len() as f64 * part) as usize;
        took[place.min(took.len() - 1)].as_secs_f64() * 1_000.0
    };
    println!("{what:<20} p50 {:>6.1} ms   p99 {:>6.1} ms", at(0.5), at(0.99));
}

async fn counted(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

/// Some lots of a step.
async fn some(pool: &PgPool, step: i32) -> Vec<Uuid> {
    sqlx::query_scalar("select lot_id from place where step = $1 order by md5(lot_id::text) limit $2")
        .bind(step)
        .bind(i64::try_from(WALKS).unwrap() + 50)
        .fetch_all(pool)
        .await
        .unwrap()
}

/// How many lots came of one.
async fn reached(pool: &PgPool, lot_id: Uuid) -> i64 {
    let query = "with recursive after as (
         select $1::uuid as lot_id union
         select child_id from after join lot_edge on parent_id = lot_id
     ) select count(*) from after";
    sqlx::query_scalar(query)
        .bind(lot_id)
        .fetch_one(pool)
        .await
        .unwrap()
}
