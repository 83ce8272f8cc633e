use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::band::{Band, Position};

/// A price that left its band.
#[derive(Debug, Clone)]
pub struct Alert {
    pub alert_id: Uuid,
    /// Its place among the seller's.
    pub place: i64,
    pub seller_id: Uuid,
    pub product_id: Uuid,
    pub product_name: String,
    pub series_id: Uuid,
    pub position: Position,
    pub price: i64,
    pub band: Band,
    pub create_time: OffsetDateTime,
}

struct Row {
    alert_id: Uuid,
    place: i64,
    seller_id: Uuid,
    product_id: Uuid,
    product_name: String,
    series_id: Uuid,
    position: String,
    price: i64,
    lower_price: i64,
    upper_price: i64,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Alert {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            alert_id: row.alert_id,
            place: row.place,
            seller_id: row.seller_id,
            product_id: row.product_id,
            product_name: row.product_name,
            series_id: row.series_id,
            position: stored("price_alert.position", &row.position)?,
            price: row.price,
            band: Band {
                lower: row.lower_price,
                upper: row.upper_price,
            },
            create_time: row.create_time,
        })
    }
}

/// Keeps an alert. The seller's others wait until this one is committed, so that places are
/// seen in their order.
pub async fn insert(conn: &mut PgConnection, alert: &Alert) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::text, 9002))",
        alert.seller_id.to_string()
    )
    .execute(&mut *conn)
    .await?;
    let position: &str = alert.position.into();
    sqlx::query!(
        "insert into price_alert (alert_id, seller_id, product_id, product_name, series_id, position, price, lower_price, upper_price, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        alert.alert_id,
        alert.seller_id,
        alert.product_id,
        alert.product_name,
        alert.series_id,
        position,
        alert.price,
        alert.band.lower,
        alert.band.upper,
        alert.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn list(
    db: impl PgExecutor<'_>,
    seller_id: Uuid,
    product_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Alert>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select alert_id, place, seller_id, product_id, product_name, series_id, position, price, lower_price,
             upper_price, create_time
         from price_alert where seller_id = $1 and (create_time, alert_id) < ($2, $3)
             and ($4::uuid is null or product_id = $4)
         order by create_time desc, alert_id desc limit $5",
        seller_id,
        time,
        id,
        product_id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Alert::try_from).collect()
}

/// Alerts behind a place, the earliest first.
pub async fn after(db: impl PgExecutor<'_>, seller_id: Uuid, place: i64) -> Result<Vec<Alert>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select alert_id, place, seller_id, product_id, product_name, series_id, position, price, lower_price,
             upper_price, create_time
         from price_alert where seller_id = $1 and place > $2 order by place limit 100",
        seller_id,
        place,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Alert::try_from).collect()
}

/// Place of an alert of this seller.
pub async fn place_of(
    db: impl PgExecutor<'_>,
    seller_id: Uuid,
    alert_id: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select place from price_alert where seller_id = $1 and alert_id = $2",
        seller_id,
        alert_id
    )
    .fetch_optional(db)
    .await
}

/// Place of the seller's last alert; 0 when there is none.
pub async fn last_place(db: impl PgExecutor<'_>, seller_id: Uuid) -> Result<i64, sqlx::Error> {
    let place = sqlx::query_scalar!(
        "select max(place) from price_alert where seller_id = $1",
        seller_id
    );
    Ok(place.fetch_one(db).await?.unwrap_or(0))
}
