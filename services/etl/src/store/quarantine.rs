use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Page;

use crate::row::{Bad, Fields, hash};
use crate::run::RunId;

/// A row that was not taken in.
#[derive(Debug)]
pub struct Entry {
    pub entry_id: Uuid,
    pub job: String,
    pub run_id: Uuid,
    pub reason: String,
    pub detail: String,
    pub fields: Json<Fields>,
    pub times_met: i32,
    pub create_time: OffsetDateTime,
    pub last_time: OffsetDateTime,
    pub release_time: Option<OffsetDateTime>,
}

/// A bad row, what names it, and what is wrong.
pub type BadRow<'a> = (&'a Fields, Option<&'a str>, &'a Bad);

/// Keeps bad rows apart. One met before is counted; how many were not.
pub async fn insert(
    conn: &mut PgConnection,
    (job, run_id): (&str, RunId),
    rows: &[BadRow<'_>],
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|_| Uuid::now_v7()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|(fields, ..)| hash(fields)).collect();
    let keys: Vec<Option<String>> = rows.iter().map(|(_, key, _)| key.map(str::to_owned)).collect();
    let reason = |bad: &Bad| -> &'static str { bad.0.into() };
    let reasons: Vec<String> = rows.iter().map(|(_, _, bad)| reason(bad).to_owned()).collect();
    let details: Vec<String> = rows.iter().map(|(_, _, bad)| bad.1.clone()).collect();
    let fields: Vec<serde_json::Value> = rows
        .iter()
        .map(|(fields, ..)| serde_json::json!(fields))
        .collect();
    let met = sqlx::query_scalar!(
        r#"insert into quarantine as known (entry_id, job, row_hash, key, run_id, reason, detail, fields, create_time, last_time)
         select distinct on (row_hash) id, $1, row_hash, key, $2::uuid, reason, detail, fields, $9::timestamptz, $9::timestamptz
         from unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
             as come (id, row_hash, key, reason, detail, fields)
         on conflict (job, row_hash) do update set times_met = known.times_met + 1, last_time = excluded.last_time
         returning (xmax = 0) as "is_new!""#,
        job,
        run_id.uuid(),
        &ids,
        &hashes,
        &keys as &[Option<String>],
        &reasons,
        &details,
        &fields,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(i64::try_from(met.into_iter().filter(|is_new| *is_new).count()).unwrap_or(i64::MAX))
}

/// Releases what was kept apart of rows that came well since.
pub async fn release_keys(
    conn: &mut PgConnection,
    job: &str,
    keys: &[String],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update quarantine set release_time = $3 where job = $1 and key = any ($2) and release_time is null",
        job,
        keys,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select entry_id, job, run_id, reason, detail, fields as "fields: Json<Fields>", times_met, create_time, last_time,
             release_time
         from quarantine where entry_id = $1 for update"#,
        id,
    )
    .fetch_optional(conn)
    .await
}

pub async fn release(conn: &mut PgConnection, id: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update quarantine set release_time = $2 where entry_id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rows of a job, or of all where it is empty; with those taken in since, if wanted.
pub async fn list(
    db: impl PgExecutor<'_>,
    (job, with_released): (&str, bool),
    page: &Page,
) -> Result<Vec<Entry>, sqlx::Error> {
    let (time, id) = page.start();
    sqlx::query_as!(
        Entry,
        r#"select entry_id, job, run_id, reason, detail, fields as "fields: Json<Fields>", times_met, create_time, last_time,
             release_time
         from quarantine
         where ($1 = '' or job = $1) and ($2 or release_time is null) and (create_time, entry_id) < ($3, $4)
         order by create_time desc, entry_id desc limit $5"#,
        job,
        with_released,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}
