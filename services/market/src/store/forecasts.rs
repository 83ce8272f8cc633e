use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// The answer that was given for this version of the series.
pub async fn get(
    db: impl PgExecutor<'_>,
    series_id: Uuid,
    days: i32,
    version: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select answer from forecast where series_id = $1 and days = $2 and version = $3",
        series_id,
        days,
        version,
    )
    .fetch_optional(db)
    .await
}

/// Keeps an answer in place of one for an older version.
pub async fn keep(
    db: impl PgExecutor<'_>,
    series_id: Uuid,
    days: i32,
    version: i64,
    answer: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into forecast (series_id, days, version, answer, create_time) values ($1, $2, $3, $4, $5)
         on conflict (series_id, days) do update set version = excluded.version, answer = excluded.answer,
             create_time = excluded.create_time where forecast.version < excluded.version",
        series_id,
        days,
        version,
        answer,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
