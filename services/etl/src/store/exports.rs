use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Page;

/// A file of events.
#[derive(Debug, Clone)]
pub struct Export {
    pub export_id: Uuid,
    pub service: String,
    pub path: String,
    pub event_count: i64,
    pub byte_count: i64,
    pub first_position: i64,
    pub last_position: i64,
    pub create_time: OffsetDateTime,
    /// When its first and last event were told, where that is known.
    pub first_time: Option<OffsetDateTime>,
    pub last_time: Option<OffsetDateTime>,
}

/// How far a service's stream of this identity is exported; 0 when it is another one.
pub async fn position(db: impl PgExecutor<'_>, service: &str, identity: &str) -> Result<u64, sqlx::Error> {
    let position = sqlx::query_scalar!(
        "select position from export_position where service = $1 and identity = $2",
        service,
        identity,
    )
    .fetch_optional(db)
    .await?;
    Ok(position
        .and_then(|position| u64::try_from(position).ok())
        .unwrap_or_default())
}

/// Keeps a file, and that the stream is exported up to its end.
pub async fn insert(conn: &mut PgConnection, export: &Export, identity: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with moved as (
             insert into export_position (service, identity, position) values ($2, $9, $7)
             on conflict (service) do update set identity = excluded.identity, position = excluded.position
         )
         insert into export (export_id, service, path, event_count, byte_count, first_position, last_position, create_time,
             first_time, last_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11)",
        export.export_id,
        export.service,
        export.path,
        export.event_count,
        export.byte_count,
        export.first_position,
        export.last_position,
        export.create_time,
        identity,
        export.first_time,
        export.last_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Files of a service's events, or of all where it is empty.
pub async fn list(db: impl PgExecutor<'_>, service: &str, page: &Page) -> Result<Vec<Export>, sqlx::Error> {
    let (time, id) = page.start();
    sqlx::query_as!(
        Export,
        "select export_id, service, path, event_count, byte_count, first_position, last_position, create_time,
             first_time, last_time
         from export where ($1 = '' or service = $1) and (create_time, export_id) < ($2, $3)
         order by create_time desc, export_id desc limit $4",
        service,
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await
}

/// Every file of some services' events, oldest first.
pub async fn all_of(db: impl PgExecutor<'_>, services: &[String]) -> Result<Vec<Export>, sqlx::Error> {
    sqlx::query_as!(
        Export,
        "select export_id, service, path, event_count, byte_count, first_position, last_position, create_time,
             first_time, last_time
         from export where service = any($1) order by create_time, export_id",
        services,
    )
    .fetch_all(db)
    .await
}
