use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::DateKind;
use xlcfi_errors::{Fault, stored};
use xlcfi_identity::Member;
use xlcfi_types::calendar::seoul_date;
use xlcfi_types::{Id, Money, Page, trace_number};

use crate::error::Error;
use crate::lot::{Certificate, Counts, Lot, Papers, State};
use crate::product::Product;
use crate::store::products;
use crate::warehouse::Warehouse;

struct Row {
    lot_id: Uuid,
    product_id: Uuid,
    warehouse_id: Uuid,
    parent_lot_id: Option<Uuid>,
    own_lot: String,
    supplier_lot: String,
    supplier: String,
    received: i64,
    changed: i64,
    on_hand: i64,
    reserved: i64,
    sold: i64,
    use_by_date: Option<Date>,
    date_kind: i16,
    made_date: Option<Date>,
    origin: String,
    trace_number: String,
    certificates: Json<Vec<Certificate>>,
    unit_cost: Option<i64>,
    state: String,
    state_reason: String,
    recall_id: Option<Uuid>,
    version: i64,
    receive_time: OffsetDateTime,
}

impl TryFrom<Row> for Lot {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let corrupt = |what: &str| Fault::bug(format!("lot {} has a corrupt {what}", row.lot_id));
        // It was read on the day of the receipt, which tells the year of eggs.
        let trace = match row.trace_number.as_str() {
            "" => None,
            number => {
                let day = seoul_date(row.receive_time);
                Some(trace_number::decode(number, day).map_err(|_| corrupt("trace number"))?)
            }
        };
        let papers = Papers {
            date_kind: DateKind::try_from(i32::from(row.date_kind)).map_err(|_| corrupt("date kind"))?,
            own_lot: row.own_lot,
            supplier_lot: row.supplier_lot,
            supplier: row.supplier,
            use_by: row.use_by_date,
            made: row.made_date,
            origin: row.origin,
            trace,
            certificates: row.certificates.0,
            unit_cost: row.unit_cost.map(Money::won),
        };
        Ok(Self {
            state: stored("lot.state", &row.state)?,
            lot_id: row.lot_id.into(),
            product_id: row.product_id.into(),
            warehouse_id: row.warehouse_id.into(),
            parent_lot_id: row.parent_lot_id.map(Id::from_uuid),
            papers,
            counts: Counts {
                received: row.received,
                changed: row.changed,
                on_hand: row.on_hand,
                reserved: row.reserved,
                sold: row.sold,
            },
            state_reason: row.state_reason,
            recall_id: row.recall_id.map(Id::from_uuid),
            version: row.version,
            receive_time: row.receive_time,
        })
    }
}

/// Those of the lots that exist, in the order they leave.
pub async fn find(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Lot>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select lot_id, product_id, warehouse_id, parent_lot_id, own_lot, supplier_lot, supplier, received, changed,
             on_hand, reserved, sold, use_by_date, date_kind, made_date, origin, trace_number,
             certificates as "certificates: Json<Vec<Certificate>>", unit_cost, state, state_reason, recall_id,
             version, receive_time
         from lot where lot_id = any ($1)
         order by use_by_date nulls last, receive_time, lot_id"#,
        ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Lot::try_from).collect()
}

/// One lot.
pub async fn get(db: impl PgExecutor<'_>, id: Id<Lot>) -> Result<Lot, Error> {
    find(db, &[id.uuid()])
        .await?
        .pop()
        .ok_or(Error::LotNotFound(id.uuid()))
}

/// A lot of the seller, read.
pub async fn get_own(pool: &PgPool, id: Id<Lot>, seller_id: Id<Member>) -> Result<Lot, Error> {
    let own = sqlx::query_scalar!(
        r#"select exists (
             select from lot join product using (product_id) where lot_id = $1 and seller_id = $2) as "own!""#,
        id.uuid(),
        seller_id.uuid(),
    );
    if own.fetch_one(pool).await? {
        get(pool, id).await
    } else {
        Err(Error::LotNotFound(id.uuid()))
    }
}

/// A lot of the seller, read under the lock of its product.
pub async fn lock(conn: &mut PgConnection, id: Id<Lot>, seller_id: Id<Member>) -> Result<Lot, Error> {
    sqlx::query!(
        "select product_id from product
         where product_id = (select product_id from lot where lot_id = $1) and seller_id = $2
         for no key update",
        id.uuid(),
        seller_id.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::LotNotFound(id.uuid()))?;
    get(conn, id).await
}

/// Books a lot, all of it on hand.
pub async fn insert(conn: &mut PgConnection, lot: &Lot, request_id: Option<Uuid>) -> Result<(), Error> {
    let papers = &lot.papers;
    let inserted = sqlx::query!(
        "insert into lot (lot_id, product_id, warehouse_id, parent_lot_id, request_id, own_lot, supplier_lot, supplier,
             received, on_hand, reserved, sold, use_by_date, date_kind, made_date, origin, trace_number, certificates,
             unit_cost, state, state_reason, receive_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 0, 0, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         on conflict on constraint lot_product_id_own_lot_key do nothing",
        lot.lot_id.uuid(),
        lot.product_id.uuid(),
        lot.warehouse_id.uuid(),
        lot.parent_lot_id.map(Id::uuid),
        request_id,
        papers.own_lot,
        papers.supplier_lot,
        papers.supplier,
        lot.counts.on_hand,
        papers.use_by,
        papers.date_kind as i16,
        papers.made,
        papers.origin,
        papers.trace.as_ref().map_or("", |trace| &trace.number),
        serde_json::json!(papers.certificates),
        papers.unit_cost.map(|cost| cost.minor),
        lot.state.into_str(),
        lot.state_reason,
        lot.receive_time,
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::OwnLotTaken)
    }
}

/// How many lots of a locked product are numbered `day` and a counter.
pub async fn count_numbered(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    day: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from lot where product_id = $1 and starts_with(own_lot, $2)"#,
        product_id.uuid(),
        format!("{day}-"),
    )
    .fetch_one(conn)
    .await
}

/// The lot a request booked or split off.
pub async fn find_by_request(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    request_id: Option<Uuid>,
) -> Result<Option<Lot>, Fault> {
    let Some(request_id) = request_id else {
        return Ok(None);
    };
    let found = sqlx::query_scalar!(
        "select lot_id from lot where product_id = $1 and request_id = $2",
        product_id.uuid(),
        request_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match found {
        Some(lot_id) => Ok(find(conn, &[lot_id]).await?.pop()),
        None => Ok(None),
    }
}

/// Brings a locked lot to another warehouse.
pub async fn set_warehouse(
    conn: &mut PgConnection,
    id: Id<Lot>,
    warehouse_id: Id<Warehouse>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update lot set warehouse_id = $2, version = version + 1 where lot_id = $1",
        id.uuid(),
        warehouse_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a locked lot to another state.
pub async fn set_state(
    conn: &mut PgConnection,
    id: Id<Lot>,
    state: State,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update lot set state = $2, state_reason = $3, version = version + 1 where lot_id = $1",
        id.uuid(),
        state.into_str(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lots of a product of the seller in the order they leave; one more than the
/// page, which begins after the lot its token names. `None` when the seller has
/// no such product.
pub async fn list(
    pool: &PgPool,
    product_id: Id<Product>,
    seller_id: Id<Member>,
    page: &Page,
) -> Result<Option<Vec<Lot>>, Fault> {
    if !products::is_own(pool, product_id, seller_id).await? {
        return Ok(None);
    }
    let ids = sqlx::query_scalar!(
        "select lot_id from lot
         where product_id = $1 and ($2::uuid is null
             or (coalesce(use_by_date, 'infinity'), receive_time, lot_id) > (
                 select coalesce(use_by_date, 'infinity'), receive_time, lot_id from lot
                 where product_id = $1 and lot_id = $2))
         order by use_by_date nulls last, receive_time, lot_id limit $3",
        product_id.uuid(),
        page.after.map(|token| token.id),
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    find(pool, &ids).await.map(Some)
}

/// Sales units of a product reserved for orders under way.
pub async fn reserved(db: impl PgExecutor<'_>, product_id: Id<Product>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(reserved), 0)::bigint as "reserved!" from lot where product_id = $1"#,
        product_id.uuid(),
    )
    .fetch_one(db)
    .await
}
