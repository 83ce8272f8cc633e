use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_types::{Id, Page};

use crate::recall::{Recall, Scope, Taken};

/// What holding lots did to one product.
#[derive(Debug)]
pub struct Held {
    pub product_id: Uuid,
    pub lot_ids: Vec<Uuid>,
}

/// Holds every lot of a scope that no recall holds yet. Products are locked in the
/// order of their ids, as everywhere.
pub async fn hold(conn: &mut PgConnection, recall: &Recall) -> Result<Vec<Held>, sqlx::Error> {
    let scope = &recall.scope;
    let products: Vec<Uuid> = sqlx::query_scalar!(
        r#"with named as (
             select product_id from product
             where ($1::uuid is not null or $2::text is not null or $3::text is not null or $4::text is not null)
                 and ($1 is null or product_id = $1) and ($2 is null or gtin = $2)
                 and ($3 is null or report_number = $3) and ($4 is null or licence_number = $4)
                 and ($5::text is null or exists (
                     select from lot where lot.product_id = product.product_id
                         and (supplier_lot = $5 or own_lot = $5 or trace_number = $5)))
             union
             select product_id from lot
             where $1 is null and $2 is null and $3 is null and $4 is null
                 and (supplier_lot = $5 or own_lot = $5 or trace_number = $5)
         )
         select product_id as "product_id!" from product join named using (product_id)
         order by product_id for no key update of product"#,
        scope.product_id,
        scope.gtin,
        scope.report_number,
        scope.licence_number,
        scope.lot_number,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query_as!(
        Held,
        r#"with held as (
             update lot set state = 'recalled', state_reason = $4, recall_id = $1, state_before_recall = state,
                 version = version + 1
             where product_id = any ($2) and state <> 'recalled'
                 and ($3::text is null or supplier_lot = $3 or own_lot = $3 or trace_number = $3)
                 and ($5::date is null or use_by_date = $5)
             returning product_id, lot_id
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, reason, actor, time)
             select product_id, lot_id, 'recalled', 0, 0, 0, $4, $6, $7 from held
         )
         select product_id, array_agg(lot_id) as "lot_ids!" from held group by product_id order by product_id"#,
        recall.recall_id.uuid(),
        &products,
        scope.lot_number,
        recall.reason,
        scope.use_by,
        recall.actor.to_string(),
        recall.create_time,
    )
    .fetch_all(conn)
    .await
}

/// Gives the lots a recall holds back the state they had.
pub async fn release(
    conn: &mut PgConnection,
    recall_id: Id<Recall>,
    reason: &str,
    actor: Uuid,
    now: OffsetDateTime,
) -> Result<Vec<Held>, sqlx::Error> {
    sqlx::query!(
        "select product_id from product
         where product_id in (select product_id from lot where recall_id = $1)
         order by product_id for no key update",
        recall_id.uuid(),
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query_as!(
        Held,
        r#"with released as (
             update lot set state = coalesce(state_before_recall, 'available'),
                 state_reason = case when state_before_recall = 'available' then '' else state_reason end,
                 recall_id = null, state_before_recall = null, version = version + 1
             where recall_id = $1
             returning product_id, lot_id
         ), entered as (
             insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, reason, actor, time)
             select product_id, lot_id, 'released', 0, 0, 0, $2, $3, $4 from released
         ), lifted as (
             update recall set lift_time = $4 where recall_id = $1
         )
         select product_id, array_agg(lot_id) as "lot_ids!" from released group by product_id order by product_id"#,
        recall_id.uuid(),
        reason,
        actor.to_string(),
        now,
    )
    .fetch_all(conn)
    .await
}

/// Writes a recall; false when the request made one already.
pub async fn insert(
    conn: &mut PgConnection,
    recall: &Recall,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into recall (recall_id, request_id, scope, reason, actor, lots, products, orders, duration_ms, create_time)
         values ($1, $2, $3, $4, $5, 0, 0, 0, 0, $6)
         on conflict on constraint recall_actor_request_id_key do nothing",
        recall.recall_id.uuid(),
        request_id,
        serde_json::json!(recall.scope),
        recall.reason,
        recall.actor.uuid(),
        recall.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Keeps what a recall holds.
pub async fn set_held(
    conn: &mut PgConnection,
    recall_id: Id<Recall>,
    lots: i64,
    products: i64,
    duration_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update recall set lots = $2, products = $3, duration_ms = $4 where recall_id = $1",
        recall_id.uuid(),
        lots,
        products,
        duration_ms,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A recall of which orders are still to be told.
#[derive(Debug)]
pub struct Untold {
    pub recall_id: Uuid,
    pub reason: String,
    /// The last that was.
    pub told_after: Option<Uuid>,
}

/// A recall of which orders were not told yet, locked; `None` when all were.
pub async fn lock(conn: &mut PgConnection, id: Id<Recall>) -> Result<Option<Untold>, sqlx::Error> {
    sqlx::query_as!(
        Untold,
        "select recall_id, reason, told_after from recall where recall_id = $1 and not told for update",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// The oldest recall of which orders were not told yet, locked; those that others
/// tell of now are passed over.
pub async fn lock_untold(conn: &mut PgConnection) -> Result<Option<Untold>, sqlx::Error> {
    sqlx::query_as!(
        Untold,
        "select recall_id, reason, told_after from recall where not told
         order by create_time limit 1 for update skip locked",
    )
    .fetch_optional(conn)
    .await
}

/// Keeps that more orders were told of a recall, the last of them, and whether it was
/// the last of all.
pub async fn set_told(
    conn: &mut PgConnection,
    recall_id: Id<Recall>,
    orders: i64,
    last: Option<Uuid>,
    told: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update recall set orders = orders + $2, told_after = coalesce($3, told_after), told = $4
         where recall_id = $1",
        recall_id.uuid(),
        orders,
        last,
        told,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the next orders have of the lots a recall holds, whole orders, by id after
/// `after`; `orders` of them at most.
pub async fn taken_after(
    db: impl PgExecutor<'_>,
    recall_id: Id<Recall>,
    after: Uuid,
    orders: i64,
) -> Result<Vec<Taken>, sqlx::Error> {
    sqlx::query_as!(
        Taken,
        r#"with next as (
             select distinct order_id, reservation.state
             from lot join reservation_line using (lot_id) join reservation using (order_id)
             where recall_id = $1 and reservation.state in ('held', 'committed') and order_id > $2
             order by order_id limit $3
         )
         select order_id, lot_id, line.product_id, quantity, next.state = 'committed' as "sold!"
         from next join reservation_line line using (order_id) join lot using (lot_id)
         where lot.recall_id = $1 order by order_id, lot_id"#,
        recall_id.uuid(),
        after,
        orders,
    )
    .fetch_all(db)
    .await
}

struct Row {
    recall_id: Uuid,
    scope: Json<Scope>,
    reason: String,
    actor: Uuid,
    lots: i64,
    products: i64,
    orders: i64,
    told: bool,
    duration_ms: i64,
    create_time: OffsetDateTime,
    lift_time: Option<OffsetDateTime>,
}

impl From<Row> for Recall {
    fn from(row: Row) -> Self {
        Self {
            recall_id: row.recall_id.into(),
            scope: row.scope.0,
            reason: row.reason,
            actor: row.actor.into(),
            lots: row.lots,
            products: row.products,
            orders: row.orders,
            told: row.told,
            duration_ms: row.duration_ms,
            create_time: row.create_time,
            lift_time: row.lift_time,
        }
    }
}

/// One recall.
pub async fn find(db: impl PgExecutor<'_>, id: Id<Recall>) -> Result<Option<Recall>, Fault> {
    let row = sqlx::query_as!(
        Row,
        r#"select recall_id, scope as "scope: Json<Scope>", reason, actor, lots, products, orders, told,
             duration_ms, create_time, lift_time
         from recall where recall_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Recall::from))
}

/// The recall a request made.
pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    actor: Uuid,
    request_id: Uuid,
) -> Result<Option<Id<Recall>>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select recall_id from recall where actor = $1 and request_id = $2",
        actor,
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(Id::from_uuid))
}

/// Recalls, newest first; one more than the page.
pub async fn list(pool: &PgPool, page: &Page) -> Result<Vec<Recall>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select recall_id, scope as "scope: Json<Scope>", reason, actor, lots, products, orders, told,
             duration_ms, create_time, lift_time
         from recall where (create_time, recall_id) < ($1, $2)
         order by create_time desc, recall_id desc limit $3"#,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Recall::from).collect())
}
