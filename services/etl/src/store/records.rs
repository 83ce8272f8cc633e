use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Page;

use super::Taken;
use crate::row::{Fields, id_of};

#[derive(Debug)]
pub struct Record {
    pub record_id: Uuid,
    pub key: String,
    pub fields: Json<Fields>,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// Takes rows in by their keys, each key once.
pub async fn upsert(
    conn: &mut PgConnection,
    job: &str,
    rows: &[(&str, &Fields)],
    now: OffsetDateTime,
) -> Result<Taken, sqlx::Error> {
    let keys: Vec<String> = rows.iter().map(|(key, _)| (*key).to_owned()).collect();
    let ids: Vec<Uuid> = rows
        .iter()
        .map(|(key, _)| id_of(&format!("{job}/record/{key}")))
        .collect();
    let fields: Vec<serde_json::Value> = rows.iter().map(|(_, fields)| serde_json::json!(fields)).collect();
    let taken = sqlx::query!(
        r#"insert into record as known (job, key, record_id, fields, create_time, update_time)
         select $1, key, id, fields, $5, $5 from unnest($2::text[], $3::uuid[], $4::jsonb[]) as come (key, id, fields)
         on conflict (job, key) do update set fields = excluded.fields, update_time = excluded.update_time
         where known.fields <> excluded.fields
         returning record_id, (xmax = 0) as "is_new!""#,
        job,
        &keys,
        &ids,
        &fields,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(Taken::of(
        taken.into_iter().map(|row| (row.record_id, row.is_new)),
    ))
}

/// Whether a job has any row.
pub async fn has_any(db: impl PgExecutor<'_>, job: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from record where job = $1) as "any!""#,
        job
    )
    .fetch_one(db)
    .await
}

pub async fn list(db: impl PgExecutor<'_>, job: &str, page: &Page) -> Result<Vec<Record>, sqlx::Error> {
    let (time, id) = page.start();
    sqlx::query_as!(
        Record,
        r#"select record_id, key, fields as "fields: Json<Fields>", create_time, update_time
         from record where job = $1 and (update_time, record_id) < ($2, $3)
         order by update_time desc, record_id desc limit $4"#,
        job,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}
