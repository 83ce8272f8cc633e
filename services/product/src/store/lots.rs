use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::lot::{Lot, Stock};
use crate::product::Product;

struct Row {
    lot_id: Uuid,
    product_id: Uuid,
    supplier_lot: String,
    received: i64,
    on_hand: i64,
    reserved: i64,
    sold: i64,
    use_by_date: Option<Date>,
    origin: String,
    receive_time: OffsetDateTime,
}

impl From<Row> for Lot {
    fn from(row: Row) -> Self {
        Self {
            lot_id: row.lot_id.into(),
            product_id: row.product_id.into(),
            supplier_lot: row.supplier_lot,
            received: row.received,
            on_hand: row.on_hand,
            reserved: row.reserved,
            sold: row.sold,
            use_by: row.use_by_date,
            origin: row.origin,
            receive_time: row.receive_time,
        }
    }
}

/// Books a lot, all of it on hand.
pub async fn insert(conn: &mut PgConnection, lot: &Lot, request_id: Option<Uuid>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into lot (lot_id, product_id, request_id, supplier_lot, received, on_hand, reserved, sold, use_by_date,
             origin, receive_time)
         values ($1, $2, $3, $4, $5, $5, 0, 0, $6, $7, $8)",
        lot.lot_id.uuid(),
        lot.product_id.uuid(),
        request_id,
        lot.supplier_lot,
        lot.received,
        lot.use_by,
        lot.origin,
        lot.receive_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The lot a request booked.
pub async fn find_by_request(
    conn: &mut PgConnection,
    product_id: Id<Product>,
    request_id: Uuid,
) -> Result<Option<Lot>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select lot_id, product_id, supplier_lot, received, on_hand, reserved, sold, use_by_date, origin, receive_time
         from lot where product_id = $1 and request_id = $2",
        product_id.uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Lot::from))
}

/// Lots of a product of the seller in the order they leave; one more than the
/// page, which begins after the lot its token names. `None` when the seller has
/// no such product.
pub async fn list(
    pool: &PgPool,
    product_id: Id<Product>,
    seller_id: Id<Member>,
    page: &Page,
) -> Result<Option<Vec<Lot>>, sqlx::Error> {
    let own = sqlx::query_scalar!(
        r#"select exists (select from product where product_id = $1 and seller_id = $2) as "own!""#,
        product_id.uuid(),
        seller_id.uuid(),
    );
    if !own.fetch_one(pool).await? {
        return Ok(None);
    }
    let rows = sqlx::query_as!(
        Row,
        "select lot_id, product_id, supplier_lot, received, on_hand, reserved, sold, use_by_date, origin, receive_time
         from lot
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
    Ok(Some(rows.into_iter().map(Lot::from).collect()))
}

/// What can be ordered of a product.
pub async fn stock(
    db: impl PgExecutor<'_>,
    product_id: Id<Product>,
    today: Date,
) -> Result<Stock, sqlx::Error> {
    let row = sqlx::query!(
        r#"select
             coalesce(sum(on_hand) filter (where use_by_date is null or use_by_date >= $2), 0)::bigint as "available!",
             coalesce(sum(reserved), 0)::bigint as "reserved!",
             min(use_by_date) filter (where open and use_by_date >= $2) as earliest
         from lot where product_id = $1"#,
        product_id.uuid(),
        today,
    )
    .fetch_one(db)
    .await?;
    Ok(Stock {
        available: row.available,
        reserved: row.reserved,
        earliest_use_by: row.earliest,
    })
}
