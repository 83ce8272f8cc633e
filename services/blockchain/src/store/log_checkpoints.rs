use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use xlcfi_tlog::Hash;

use super::log::bytes;
use crate::log::Signed;

struct Row {
    size: i64,
    root: Vec<u8>,
    note: String,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Signed {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            size: row.size,
            root: bytes("root", &row.root)?,
            note: row.note,
            create_time: row.create_time,
        })
    }
}

/// The latest; within the transaction that may sign the next.
pub async fn latest(conn: &mut PgConnection) -> Result<Option<Signed>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select size, root, note, create_time from checkpoint order by size desc limit 1"
    );
    row.fetch_optional(conn).await?.map(Signed::try_from).transpose()
}

/// The one of this size; the latest when it is 0.
pub async fn find(db: &PgPool, size: i64) -> Result<Option<Signed>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select size, root, note, create_time from checkpoint
         where size = $1 or $1 = 0 order by size desc limit 1",
        size,
    );
    row.fetch_optional(db).await?.map(Signed::try_from).transpose()
}

/// Some, the smallest first, above `size`.
pub async fn list(conn: &mut PgConnection, size: i64, limit: i64) -> Result<Vec<Signed>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select size, root, note, create_time from checkpoint where size > $1 order by size limit $2",
        size,
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(Signed::try_from)
        .collect()
}

pub async fn insert(
    conn: &mut PgConnection,
    size: i64,
    root: Hash,
    note: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into checkpoint (size, root, note, create_time) values ($1, $2, $3, $4)",
        size,
        root.0.as_slice(),
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
