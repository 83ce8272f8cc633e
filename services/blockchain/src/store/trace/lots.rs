use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Id;

use crate::event::EventLot;
use crate::lot::{MemberId, TracedLot};

struct Row {
    lot_id: Uuid,
    seller_id: Uuid,
    product_id: Option<Uuid>,
    name: String,
    lot_number: String,
    gtin: String,
    trace_number: String,
    storage: Option<String>,
    use_by_date: Option<Date>,
    origin: String,
    unit: String,
    entered: i64,
    taken: i64,
    explained: i64,
    split_from: Option<Uuid>,
    begin_time: OffsetDateTime,
}

impl TryFrom<Row> for TracedLot {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let storage = row.storage.map(|text| stored("traced_lot.storage", &text));
        Ok(Self {
            lot_id: row.lot_id.into(),
            seller_id: row.seller_id.into(),
            product_id: row.product_id,
            name: row.name,
            lot_number: row.lot_number,
            gtin: row.gtin,
            trace_number: row.trace_number,
            storage: storage.transpose()?,
            use_by: row.use_by_date,
            origin: row.origin,
            unit: stored("traced_lot.unit", &row.unit)?,
            entered: row.entered,
            taken: row.taken,
            explained: row.explained,
            split_from: row.split_from.map(Id::from_uuid),
            begin_time: row.begin_time,
        })
    }
}

fn lots(rows: Vec<Row>) -> Result<Vec<TracedLot>, sqlx::Error> {
    rows.into_iter().map(TracedLot::try_from).collect()
}

/// Locks lots in the order in which all lock them. Those nobody told of are left out.
pub async fn lock(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<TracedLot>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select lot_id, seller_id, product_id, name, lot_number, gtin, trace_number, storage, use_by_date, origin,
             unit, entered, taken, explained, split_from, begin_time
         from traced_lot where lot_id = any ($1) order by lot_id for no key update",
        ids,
    )
    .fetch_all(conn)
    .await?;
    lots(rows)
}

/// Lots by their ids, in no order. Those nobody told of are left out.
pub async fn find(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<TracedLot>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select lot_id, seller_id, product_id, name, lot_number, gtin, trace_number, storage, use_by_date, origin,
             unit, entered, taken, explained, split_from, begin_time
         from traced_lot where lot_id = any ($1)",
        ids,
    )
    .fetch_all(pool)
    .await?;
    lots(rows)
}

/// Adds a lot with nothing in it yet; the event it begins with says how much.
/// Whether it is new.
pub async fn insert(
    conn: &mut PgConnection,
    lot: &TracedLot,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into traced_lot (lot_id, seller_id, product_id, name, lot_number, gtin, trace_number, storage,
             use_by_date, origin, unit, entered, taken, explained, split_from, begin_time, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, $12, $13, $14)
         on conflict on constraint traced_lot_pk do nothing",
        lot.lot_id.uuid(),
        lot.seller_id.uuid(),
        lot.product_id,
        lot.name,
        lot.lot_number,
        lot.gtin,
        lot.trace_number,
        lot.storage.map(<&str>::from),
        lot.use_by,
        lot.origin,
        <&str>::from(lot.unit),
        lot.split_from.map(Id::uuid),
        lot.begin_time,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Does to the quantities of locked lots what an event does to them; `sign` -1 undoes it.
pub async fn change(conn: &mut PgConnection, of: &[EventLot], sign: i64) -> Result<(), sqlx::Error> {
    let changed = || of.iter().filter(|lot| lot.effect != Default::default());
    let ids: Vec<Uuid> = changed().map(|lot| lot.lot_id.uuid()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let entered: Vec<i64> = changed().map(|lot| sign * lot.effect.entered).collect();
    let taken: Vec<i64> = changed().map(|lot| sign * lot.effect.taken).collect();
    let explained: Vec<i64> = changed().map(|lot| sign * lot.effect.explained).collect();
    sqlx::query!(
        "update traced_lot l set entered = l.entered + c.entered, taken = l.taken + c.taken,
             explained = l.explained + c.explained
         from (
             select lot_id, sum(entered)::bigint as entered, sum(taken)::bigint as taken,
                 sum(explained)::bigint as explained
             from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
                 as u (lot_id, entered, taken, explained)
             group by lot_id
         ) c
         where l.lot_id = c.lot_id",
        &ids,
        &entered,
        &taken,
        &explained,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets nobody else link lots of this seller until the transaction ends.
pub async fn lock_links(conn: &mut PgConnection, seller_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        seller_id.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}
