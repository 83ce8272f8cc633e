//! Queries that found nothing.

use sqlx::PgPool;
use time::{Date, OffsetDateTime};

/// A query that found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    pub query: String,
    pub count: i64,
    pub last_time: OffsetDateTime,
}

/// Counts queries on a day, each given once.
pub async fn add(
    pool: &PgPool,
    queries: &[String],
    counts: &[i64],
    day: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into unanswered_query as known (query, day, count, last_time)
         select query, $3, count, $4 from unnest($1::text[], $2::bigint[]) as asked (query, count) order by query
         on conflict on constraint unanswered_query_pkey do update
             set count = known.count + excluded.count, last_time = excluded.last_time",
        queries,
        counts,
        day,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Those since a day, the most frequent first.
pub async fn list(pool: &PgPool, since: Date, limit: i64) -> Result<Vec<Unanswered>, sqlx::Error> {
    sqlx::query_as!(
        Unanswered,
        r#"select query, sum(count)::bigint as "count!", max(last_time) as "last_time!"
         from unanswered_query where day >= $1
         group by query order by sum(count) desc, query limit $2"#,
        since,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Forgets those before a day.
pub async fn forget(pool: &PgPool, before: Date) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from unanswered_query where day < $1", before)
        .execute(pool)
        .await?;
    Ok(())
}
