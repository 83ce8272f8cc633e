use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::amount::{Amount, Unit};
use crate::band::{Band, Position};

/// A watch with what it watches.
#[derive(Debug)]
pub struct Watch {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub product_name: String,
    pub content: Amount,
    pub price: i64,
    pub series_id: Uuid,
    pub tolerance_percent: i32,
    pub position: Position,
    pub band: Option<Band>,
    pub check_time: Option<OffsetDateTime>,
    /// Which of the reasons to look it is.
    pub wanted: i64,
    pub create_time: OffsetDateTime,
}

struct Row {
    product_id: Uuid,
    seller_id: Uuid,
    name: String,
    amount: i64,
    unit: String,
    price: i64,
    series_id: Uuid,
    tolerance_percent: i32,
    position: String,
    lower_price: Option<i64>,
    upper_price: Option<i64>,
    check_time: Option<OffsetDateTime>,
    wanted: i64,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Watch {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let unit: Unit = stored("product.unit", &row.unit)?;
        let band = row.lower_price.zip(row.upper_price);
        Ok(Self {
            product_id: row.product_id,
            seller_id: row.seller_id,
            product_name: row.name,
            content: Amount {
                count: row.amount as f64,
                unit,
            },
            price: row.price,
            series_id: row.series_id,
            tolerance_percent: row.tolerance_percent,
            position: stored("price_watch.position", &row.position)?,
            band: band.map(|(lower, upper)| Band { lower, upper }),
            check_time: row.check_time,
            wanted: row.wanted,
            create_time: row.create_time,
        })
    }
}

/// Sets a watch in place of the one there. The same again changes nothing.
pub async fn set(
    conn: &mut PgConnection,
    seller_id: Uuid,
    product_id: Uuid,
    series_id: Uuid,
    tolerance_percent: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into price_watch (product_id, seller_id, series_id, tolerance_percent, position, create_time)
         values ($1, $2, $3, $4, 'unknown', $5)
         on conflict (product_id) do update set seller_id = excluded.seller_id, series_id = excluded.series_id,
             tolerance_percent = excluded.tolerance_percent, position = 'unknown', lower_price = null,
             upper_price = null, check_time = null, wanted = price_watch.wanted + 1
         where (price_watch.seller_id, price_watch.series_id, price_watch.tolerance_percent)
             <> (excluded.seller_id, excluded.series_id, excluded.tolerance_percent)",
        product_id,
        seller_id,
        series_id,
        tolerance_percent,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a watch; false when there is none.
pub async fn remove(db: impl PgExecutor<'_>, seller_id: Uuid, product_id: Uuid) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from price_watch where product_id = $1 and seller_id = $2",
        product_id,
        seller_id
    )
    .execute(db)
    .await?;
    Ok(removed.rows_affected() == 1)
}

pub async fn get(
    db: impl PgExecutor<'_>,
    seller_id: Uuid,
    product_id: Uuid,
) -> Result<Option<Watch>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select w.product_id, w.seller_id, p.name, p.amount, p.unit, p.price, w.series_id, w.tolerance_percent,
             w.position, w.lower_price, w.upper_price, w.check_time, w.wanted, w.create_time
         from price_watch w join product p on p.product_id = w.product_id
         where w.seller_id = $1 and w.product_id = $2",
        seller_id,
        product_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Watch::try_from).transpose()
}

pub async fn list(db: impl PgExecutor<'_>, seller_id: Uuid, page: &Page) -> Result<Vec<Watch>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select w.product_id, w.seller_id, p.name, p.amount, p.unit, p.price, w.series_id, w.tolerance_percent,
             w.position, w.lower_price, w.upper_price, w.check_time, w.wanted, w.create_time
         from price_watch w join product p on p.product_id = w.product_id
         where w.seller_id = $1 and (w.create_time, w.product_id) < ($2, $3)
         order by w.create_time desc, w.product_id desc limit $4",
        seller_id,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Watch::try_from).collect()
}

/// Watches that are to be looked at.
pub async fn due(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Watch>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select w.product_id, w.seller_id, p.name, p.amount, p.unit, p.price, w.series_id, w.tolerance_percent,
             w.position, w.lower_price, w.upper_price, w.check_time, w.wanted, w.create_time
         from price_watch w join product p on p.product_id = w.product_id
         where w.wanted > w.done order by w.product_id limit $1",
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Watch::try_from).collect()
}

/// Keeps what was seen, unless there is a newer reason to look or it was seen before.
pub async fn seen(
    conn: &mut PgConnection,
    watch: &Watch,
    position: Position,
    band: Option<Band>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let name: &str = position.into();
    let kept = sqlx::query!(
        "update price_watch set position = $3, lower_price = $4, upper_price = $5, check_time = $6, done = wanted
         where product_id = $1 and wanted = $2 and done < wanted",
        watch.product_id,
        watch.wanted,
        name,
        band.map(|band| band.lower),
        band.map(|band| band.upper),
        now,
    )
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() == 1)
}
