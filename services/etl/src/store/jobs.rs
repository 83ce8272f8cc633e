use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What is known of a job beside its definition.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub paused: bool,
    pub pause_reason: String,
    pub next_time: OffsetDateTime,
    pub calls_day: Date,
    pub calls_today: i32,
    pub last_done_time: Option<OffsetDateTime>,
    pub open_run_id: Option<Uuid>,
}

/// Lets each job be known, those that are not yet as due.
pub async fn ensure(
    db: impl PgExecutor<'_>,
    names: &[String],
    now: OffsetDateTime,
    today: Date,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into job (name, next_time, calls_day) select name, $2, $3 from unnest($1::text[]) as known (name)
         on conflict (name) do nothing",
        names,
        now,
        today,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select name, paused, pause_reason, next_time, calls_day, calls_today, last_done_time, run_id as "open_run_id?"
         from job left join run on run.job = name and end_time is null order by name"#,
    )
    .fetch_all(db)
    .await
}

pub async fn get(db: impl PgExecutor<'_>, name: &str) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select name, paused, pause_reason, next_time, calls_day, calls_today, last_done_time, run_id as "open_run_id?"
         from job left join run on run.job = name and end_time is null where name = $1"#,
        name,
    )
    .fetch_optional(db)
    .await
}

/// Rows kept and rows in quarantine of each job.
pub async fn counts(db: impl PgExecutor<'_>) -> Result<Vec<(String, i64, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select name,
             case when name = 'kamis-prices' then (select count(*) from price)
                 else (select count(*) from record where job = name) end as "kept!",
             (select count(*) from quarantine where job = name and release_time is null) as "quarantined!"
         from job"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name, row.kept, row.quarantined))
        .collect())
}

/// Pauses a job, or lets it go on.
pub async fn set_paused(
    db: impl PgExecutor<'_>,
    name: &str,
    paused: bool,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update job set paused = $2, pause_reason = $3 where name = $1",
        name,
        paused,
        reason
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_next_time(
    conn: &mut PgConnection,
    name: &str,
    next: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update job set next_time = $2 where name = $1", name, next)
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts calls of a day.
pub async fn count_calls(
    conn: &mut PgConnection,
    name: &str,
    day: Date,
    calls: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update job set calls_today = case when calls_day = $2 then calls_today else 0 end + $3, calls_day = $2
         where name = $1",
        name,
        day,
        calls,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_done(conn: &mut PgConnection, name: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update job set last_done_time = $2 where name = $1", name, now)
        .execute(conn)
        .await?;
    Ok(())
}
