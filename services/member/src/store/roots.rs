use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_tlog::Hash;

use crate::root::{DayRoot, Posting};

/// The latest day that was closed.
pub async fn latest_day(db: impl PgExecutor<'_>) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!("select max(day) from point_root")
        .fetch_one(db)
        .await
}

/// Keeps the root of a day; false when it is there.
pub async fn insert(
    conn: &mut PgConnection,
    root: &DayRoot,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into point_root (day, postings, root, record_time) values ($1, $2, $3, $4)
         on conflict (day) do nothing",
        root.day,
        root.postings,
        &root.root.0[..],
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Closed days after one, in their order.
pub async fn after(
    conn: &mut PgConnection,
    day: Option<Date>,
    limit: i64,
) -> Result<Vec<DayRoot>, sqlx::Error> {
    let rows = sqlx::query!(
        "select day, postings, root from point_root where $1::date is null or day > $1 order by day limit $2",
        day,
        limit,
    )
    .fetch_all(conn)
    .await?;
    // The table's check constraint allows nothing but 32 bytes.
    let root = |root: &[u8]| Hash::of_bytes(root).map_err(|error| sqlx::Error::Decode(error.into()));
    rows.into_iter()
        .map(|row| {
            Ok(DayRoot {
                day: row.day,
                postings: row.postings,
                root: root(&row.root)?,
            })
        })
        .collect()
}

/// Postings between two times after a line, in the order of a day's tree.
pub async fn postings(
    conn: &mut PgConnection,
    (from, to): (OffsetDateTime, OffsetDateTime),
    after: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<Posting>, sqlx::Error> {
    sqlx::query_as!(
        Posting,
        "select entry_id, member_id, order_id, kind, points, create_time, reason, request_id, acted_by, approved_by
         from point_entry
         where create_time >= $1 and create_time < $2 and (create_time, entry_id) > ($3, $4)
         order by create_time, entry_id limit $5",
        from,
        to,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await
}
