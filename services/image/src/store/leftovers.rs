use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// Has the folders emptied when it is due.
pub async fn insert(
    db: impl PgExecutor<'_>,
    places: &[Uuid],
    due_time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into leftover (place, due_time) select unnest($1::uuid[]), $2",
        places,
        due_time,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Folders whose time has come.
pub async fn due(db: impl PgExecutor<'_>, now: OffsetDateTime, most: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select place from leftover where due_time <= $1 order by due_time limit $2",
        now,
        most,
    )
    .fetch_all(db)
    .await
}

/// It is none any more; whether it still was one.
pub async fn delete(db: impl PgExecutor<'_>, place: Uuid) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!("delete from leftover where place = $1", place)
        .execute(db)
        .await?;
    Ok(deleted.rows_affected() == 1)
}
