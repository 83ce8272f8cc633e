use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_events::Outgoing;
use xlcfi_types::Page;

use crate::definition::Reversal;
use crate::moves::{Phase, Place};

/// A run as the database keeps it.
pub(crate) struct Run {
    pub saga_id: Uuid,
    pub kind: String,
    pub definition_version: i32,
    pub state: serde_json::Value,
    pub place: Place,
    pub reversal: Option<Reversal>,
    pub next_time: Option<OffsetDateTime>,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

struct Row {
    saga_id: Uuid,
    kind: String,
    definition_version: i32,
    state: serde_json::Value,
    phase: String,
    step: i32,
    attempt: i32,
    failure_reason: Option<String>,
    failure_message: Option<String>,
    next_time: Option<OffsetDateTime>,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl From<Row> for Run {
    fn from(row: Row) -> Self {
        let place = Place {
            // The table's check constraint allows no other name.
            phase: row.phase.parse().unwrap_or(Phase::Parked),
            step: usize::try_from(row.step).unwrap_or(0),
            attempt: u32::try_from(row.attempt).unwrap_or(0),
        };
        let message = row.failure_message.unwrap_or_default();
        Self {
            saga_id: row.saga_id,
            kind: row.kind,
            definition_version: row.definition_version,
            state: row.state,
            place,
            reversal: row.failure_reason.map(|reason| Reversal { reason, message }),
            next_time: row.next_time,
            create_time: row.create_time,
            update_time: row.update_time,
        }
    }
}

/// A line of the timeline.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub step: &'static str,
    pub direction: Direction,
    pub event: &'static str,
    pub detail: String,
}

pub(crate) async fn lock(conn: &mut PgConnection, saga_id: Uuid) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select saga_id, kind, definition_version, state, phase, step, attempt, failure_reason, failure_message,
             next_time, create_time, update_time
         from saga.saga where saga_id = $1 for update",
        saga_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Run::from))
}

pub(crate) async fn get(pool: &PgPool, saga_id: Uuid) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select saga_id, kind, definition_version, state, phase, step, attempt, failure_reason, failure_message,
             next_time, create_time, update_time
         from saga.saga where saga_id = $1",
        saga_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Run::from))
}

pub(crate) async fn list(pool: &PgPool, phase: Option<Phase>, page: &Page) -> Result<Vec<Run>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select saga_id, kind, definition_version, state, phase, step, attempt, failure_reason, failure_message,
             next_time, create_time, update_time
         from saga.saga
         where ($1::text is null or phase = $1) and (create_time, saga_id) < ($2, $3)
         order by create_time desc, saga_id desc limit $4",
        phase.map(|phase| phase.into_str()),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Run::from).collect())
}

/// Runs of a kind, of versions up to `version`, whose timer has fired, by the
/// database's clock.
pub(crate) async fn due(
    pool: &PgPool,
    kind: &str,
    version: i32,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select saga_id from saga.saga
         where kind = $1 and definition_version <= $2 and next_time <= now()
         order by next_time limit $3",
        kind,
        version,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Whether the timer of a locked run has fired.
pub(crate) async fn is_due(conn: &mut PgConnection, saga_id: Uuid) -> Result<bool, sqlx::Error> {
    let due = sqlx::query_scalar!(
        r#"select coalesce(next_time <= clock_timestamp(), false) as "due!" from saga.saga where saga_id = $1"#,
        saga_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(due)
}

/// Entries as columns.
struct Columns {
    steps: Vec<String>,
    directions: Vec<i16>,
    events: Vec<String>,
    details: Vec<String>,
}

impl Columns {
    fn of(entries: &[Entry]) -> Self {
        let direction = |entry: &Entry| i16::try_from(entry.direction as i32).unwrap_or(0);
        Self {
            steps: entries.iter().map(|entry| entry.step.to_owned()).collect(),
            directions: entries.iter().map(direction).collect(),
            events: entries.iter().map(|entry| entry.event.to_owned()).collect(),
            details: entries.iter().map(|entry| entry.detail.clone()).collect(),
        }
    }
}

/// Keeps a new run, begins its timeline and sends its first command, in one
/// statement.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    run: &Run,
    timer: Option<Duration>,
    entries: &[Entry],
    command: Option<&Outgoing>,
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(entries);
    sqlx::query!(
        "with made as (
             insert into saga.saga (saga_id, kind, definition_version, state, phase, step, attempt, next_time)
             values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))
         ), sent as (
             insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
             select $13, $14, $15, $1, 0, $16, $17 where $13::uuid is not null
         )
         insert into saga.entry (saga_id, step, direction, event, detail)
         select $1, step, direction, event, detail
         from unnest($9::text[], $10::smallint[], $11::text[], $12::text[]) as e (step, direction, event, detail)",
        run.saga_id,
        run.kind,
        run.definition_version,
        run.state,
        run.place.phase.into_str(),
        i32::try_from(run.place.step).unwrap_or(i32::MAX),
        i32::try_from(run.place.attempt).unwrap_or(i32::MAX),
        timer.map(|wait| wait.as_secs_f64()),
        &columns.steps,
        &columns.directions,
        &columns.events,
        &columns.details,
        command.map(|command| command.id),
        command.map(|command| command.subject.as_str()),
        command.map(|command| command.type_name.as_str()),
        command.map(|command| command.body.as_slice()),
        command.and_then(|command| command.traceparent.as_deref()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a moved run, appends to its timeline and sends its next command, in
/// one statement.
pub(crate) async fn save(
    conn: &mut PgConnection,
    run: &Run,
    timer: Option<Duration>,
    entries: &[Entry],
    command: Option<&Outgoing>,
) -> Result<(), sqlx::Error> {
    let reversal = run.reversal.as_ref();
    let columns = Columns::of(entries);
    sqlx::query!(
        "with moved as (
             update saga.saga set state = $2, phase = $3, step = $4, attempt = $5, failure_reason = $6,
                 failure_message = $7, next_time = clock_timestamp() + make_interval(secs => $8),
                 update_time = clock_timestamp()
             where saga_id = $1
         ), sent as (
             insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
             select $13, $14, $15, $1, 0, $16, $17 where $13::uuid is not null
         )
         insert into saga.entry (saga_id, step, direction, event, detail)
         select $1, step, direction, event, detail
         from unnest($9::text[], $10::smallint[], $11::text[], $12::text[]) as e (step, direction, event, detail)",
        run.saga_id,
        run.state,
        run.place.phase.into_str(),
        i32::try_from(run.place.step).unwrap_or(i32::MAX),
        i32::try_from(run.place.attempt).unwrap_or(i32::MAX),
        reversal.map(|reversal| reversal.reason.as_str()),
        reversal.map(|reversal| reversal.message.as_str()),
        timer.map(|wait| wait.as_secs_f64()),
        &columns.steps,
        &columns.directions,
        &columns.events,
        &columns.details,
        command.map(|command| command.id),
        command.map(|command| command.subject.as_str()),
        command.map(|command| command.type_name.as_str()),
        command.map(|command| command.body.as_slice()),
        command.and_then(|command| command.traceparent.as_deref()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A line of the timeline as read back.
pub(crate) struct StoredEntry {
    pub step: String,
    pub direction: i16,
    pub event: String,
    pub detail: String,
    pub time: OffsetDateTime,
}

pub(crate) async fn entries(pool: &PgPool, saga_id: Uuid) -> Result<Vec<StoredEntry>, sqlx::Error> {
    sqlx::query_as!(
        StoredEntry,
        "select step, direction, event, detail, time from saga.entry where saga_id = $1 order by sequence",
        saga_id,
    )
    .fetch_all(pool)
    .await
}
