use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::anomaly::{Kind, Off};

/// Something that was out of line.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    pub anomaly_id: Uuid,
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub product_name: String,
    pub kind: Kind,
    pub day: Date,
    pub value: f64,
    pub off: Off,
    pub create_time: OffsetDateTime,
}

/// Keeps one; what was found before of the same day stays.
pub async fn insert(conn: &mut PgConnection, anomaly: &Anomaly) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into anomaly (anomaly_id, product_id, seller_id, product_name, kind, day, value, expected, score,
             create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (product_id, kind, day) do nothing",
        anomaly.anomaly_id,
        anomaly.product_id,
        anomaly.seller_id,
        anomaly.product_name,
        anomaly.kind.into_str(),
        anomaly.day,
        anomaly.value,
        anomaly.off.expected,
        anomaly.off.score,
        anomaly.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The latest first; one more than the page. `None` means of all.
pub async fn list(
    db: impl PgExecutor<'_>,
    seller_id: Option<Uuid>,
    product_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Anomaly>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query!(
        "select anomaly_id, product_id, seller_id, product_name, kind, day, value, expected, score, create_time
         from anomaly
         where (create_time, anomaly_id) < ($1, $2) and ($3::uuid is null or seller_id = $3)
             and ($4::uuid is null or product_id = $4)
         order by create_time desc, anomaly_id desc limit $5",
        time,
        id,
        seller_id,
        product_id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    let anomaly = rows.into_iter().map(|row| {
        Ok(Anomaly {
            anomaly_id: row.anomaly_id,
            product_id: row.product_id,
            seller_id: row.seller_id,
            product_name: row.product_name,
            kind: stored("anomaly.kind", &row.kind)?,
            day: row.day,
            value: row.value,
            off: Off {
                expected: row.expected,
                score: row.score,
            },
            create_time: row.create_time,
        })
    });
    anomaly.collect()
}

/// The last day whose sales were looked at.
pub async fn looked(db: impl PgExecutor<'_>) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!("select day from looked")
        .fetch_optional(db)
        .await
}

/// The last day whose sales were looked at, kept from others until the transaction ends.
pub async fn lock_looked(conn: &mut PgConnection, first: Date) -> Result<Date, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into looked (day) values ($1) on conflict (only_row) do update set day = looked.day returning day",
        first,
    )
    .fetch_one(conn)
    .await
}

pub async fn set_looked(conn: &mut PgConnection, day: Date) -> Result<(), sqlx::Error> {
    sqlx::query!("update looked set day = $1", day)
        .execute(conn)
        .await?;
    Ok(())
}
