use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Page;

use crate::archive::Kept;
use crate::run::{Asked, Position, Run, RunId, RunState};

struct Row {
    run_id: Uuid,
    job: String,
    kind: String,
    state: String,
    problem: String,
    from_date: Option<Date>,
    to_date: Option<Date>,
    position: Option<Json<Position>>,
    pages_done: i32,
    pages_total: i32,
    calls: i32,
    rows_read: i64,
    rows_new: i64,
    rows_changed: i64,
    rows_quarantined: i64,
    failures: i32,
    create_time: OffsetDateTime,
    progress_time: Option<OffsetDateTime>,
    resume_time: Option<OffsetDateTime>,
    end_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Run {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            run_id: row.run_id.into(),
            job: row.job,
            kind: stored("kind", &row.kind)?,
            state: stored("state", &row.state)?,
            problem: row.problem,
            from_date: row.from_date,
            to_date: row.to_date,
            position: row.position.map(|position| position.0),
            pages_done: row.pages_done,
            pages_total: row.pages_total,
            calls: row.calls,
            rows_read: row.rows_read,
            rows_new: row.rows_new,
            rows_changed: row.rows_changed,
            rows_quarantined: row.rows_quarantined,
            failures: row.failures,
            create_time: row.create_time,
            progress_time: row.progress_time,
            resume_time: row.resume_time,
            end_time: row.end_time,
        })
    }
}

/// Inserts a run that begins; nothing when the job has one that has not ended. The request's own constraint is told.
pub async fn insert(conn: &mut PgConnection, run: &Run, asked: Option<Asked>) -> Result<bool, sqlx::Error> {
    let (kind, state): (&str, &str) = (run.kind.into(), run.state.into());
    let inserted = sqlx::query!(
        "insert into run (run_id, job, kind, state, requested_by, request_id, from_date, to_date, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (job) where end_time is null do nothing",
        run.run_id.uuid(),
        run.job,
        kind,
        state,
        asked.map(|asked| asked.by),
        asked.map(|asked| asked.request_id),
        run.from_date,
        run.to_date,
        run.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn get(db: impl PgExecutor<'_>, id: RunId) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select run_id, job, kind, state, problem, from_date, to_date, position as "position: Json<Position>",
             pages_done, pages_total, calls, rows_read, rows_new, rows_changed, rows_quarantined, failures,
             create_time, progress_time, resume_time, end_time
         from run where run_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Run::try_from).transpose()
}

/// The run of a job that has not ended.
pub async fn find_open(db: impl PgExecutor<'_>, job: &str) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select run_id, job, kind, state, problem, from_date, to_date, position as "position: Json<Position>",
             pages_done, pages_total, calls, rows_read, rows_new, rows_changed, rows_quarantined, failures,
             create_time, progress_time, resume_time, end_time
         from run where job = $1 and end_time is null"#,
        job,
    )
    .fetch_optional(db)
    .await?;
    row.map(Run::try_from).transpose()
}

pub async fn find_by_request(db: impl PgExecutor<'_>, asked: Asked) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select run_id, job, kind, state, problem, from_date, to_date, position as "position: Json<Position>",
             pages_done, pages_total, calls, rows_read, rows_new, rows_changed, rows_quarantined, failures,
             create_time, progress_time, resume_time, end_time
         from run where requested_by = $1 and request_id = $2"#,
        asked.by,
        asked.request_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Run::try_from).transpose()
}

/// Runs of a job, or of all where it is empty.
pub async fn list(db: impl PgExecutor<'_>, job: &str, page: &Page) -> Result<Vec<Run>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select run_id, job, kind, state, problem, from_date, to_date, position as "position: Json<Position>",
             pages_done, pages_total, calls, rows_read, rows_new, rows_changed, rows_quarantined, failures,
             create_time, progress_time, resume_time, end_time
         from run where ($1 = '' or job = $1) and (create_time, run_id) < ($2, $3)
         order by create_time desc, run_id desc limit $4"#,
        job,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Run::try_from).collect()
}

/// What a page came to.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub position: Option<Position>,
    pub pages_total: i32,
    pub calls: i32,
    pub rows_read: i64,
    pub rows_new: i64,
    pub rows_changed: i64,
    pub rows_quarantined: i64,
}

/// Takes a page into a run that is as `run` says; whether it was.
pub async fn progress(
    conn: &mut PgConnection,
    run: &Run,
    made: &Progress,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let state: &str = if made.position.is_none() {
        RunState::Done
    } else {
        RunState::Running
    }
    .into();
    let updated = sqlx::query!(
        "update run set state = $3, position = coalesce($4, position), pages_done = pages_done + 1,
             pages_total = $5, calls = calls + $6, rows_read = rows_read + $7, rows_new = rows_new + $8,
             rows_changed = rows_changed + $9, rows_quarantined = rows_quarantined + $10, failures = 0, problem = '',
             progress_time = $11, resume_time = null, end_time = case when $3 = 'DONE' then $11::timestamptz end
         where run_id = $1 and pages_done = $2 and end_time is null",
        run.run_id.uuid(),
        run.pages_done,
        state,
        made.position.as_ref().map(Json) as Option<Json<&Position>>,
        made.pages_total,
        made.calls,
        made.rows_read,
        made.rows_new,
        made.rows_changed,
        made.rows_quarantined,
        now,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Lets a run wait until a time, or end without being done; whether it was open. Calls count either way.
pub async fn stop(
    conn: &mut PgConnection,
    id: RunId,
    state: RunState,
    problem: &str,
    calls: i32,
    (now, resume): (OffsetDateTime, Option<OffsetDateTime>),
) -> Result<bool, sqlx::Error> {
    let state: &str = state.into();
    let updated = sqlx::query!(
        "update run set state = $2, problem = $3, calls = calls + $4, failures = failures + 1, resume_time = $5,
             end_time = case when $2 = 'WAITING' then null else $6::timestamptz end
         where run_id = $1 and end_time is null",
        id.uuid(),
        state,
        problem,
        calls,
        resume,
        now,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Lets waiting runs of a job go on at once.
pub async fn wake(db: impl PgExecutor<'_>, job: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update run set state = 'RUNNING', resume_time = null where job = $1 and state = 'WAITING'",
        job
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_raw(
    conn: &mut PgConnection,
    run: &Run,
    kept: &Kept,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into raw_answer (run_id, page, path, byte_count, sha256, create_time) values ($1, $2, $3, $4, $5, $6)",
        run.run_id.uuid(),
        run.pages_done + 1,
        kept.path,
        kept.byte_count,
        kept.sha256,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A raw answer and its page.
#[derive(Debug)]
pub struct Raw {
    pub page: i32,
    pub path: String,
    pub byte_count: i64,
    pub sha256: Vec<u8>,
    pub create_time: OffsetDateTime,
}

/// Those of the last pages.
pub async fn list_raw(db: impl PgExecutor<'_>, id: RunId, most: i64) -> Result<Vec<Raw>, sqlx::Error> {
    sqlx::query_as!(
        Raw,
        "select page, path, byte_count, sha256, create_time from raw_answer where run_id = $1 order by page desc limit $2",
        id.uuid(),
        most,
    )
    .fetch_all(db)
    .await
}
