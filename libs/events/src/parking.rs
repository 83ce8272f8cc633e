use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Message;

/// Whether an event of the message's key lies parked before it, and is not
/// about to try again.
pub(crate) async fn blocks(pool: &PgPool, consumer: &str, message: &Message) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
             select from events.dead_letter
             where consumer = $1 and key = $2 and version < $3 and version > 0 and not redrive
         ) as "parked!""#,
        consumer,
        message.key,
        message.version,
    )
    .fetch_one(pool)
    .await
}

/// Puts a message aside.
pub(crate) async fn park(
    pool: &PgPool,
    consumer: &str,
    message: &Message,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into events.dead_letter (consumer, message_id, subject, type, key, version, body, error)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (consumer, message_id) do update set error = excluded.error, redrive = false",
        consumer,
        message.id,
        message.subject,
        message.type_name,
        message.key,
        message.version,
        message.body.as_ref(),
        error,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Lets the parked messages of a key try again, in order.
///
/// Says how many there are. The consumer takes them up within a second.
///
/// # Errors
/// The database is away.
pub async fn redrive(conn: &mut PgConnection, consumer: &str, key: Uuid) -> Result<u64, sqlx::Error> {
    let marked = sqlx::query!(
        "update events.dead_letter set redrive = true where consumer = $1 and key = $2",
        consumer,
        key
    )
    .execute(conn)
    .await?;
    Ok(marked.rows_affected())
}

/// Parked messages that were let try again, each key's in order.
pub(crate) async fn to_redrive(pool: &PgPool, consumer: &str) -> Result<Vec<Message>, sqlx::Error> {
    let rows = sqlx::query!(
        "select message_id, subject, type, key, version, body from events.dead_letter
         where consumer = $1 and redrive order by key, version limit 500",
        consumer,
    )
    .fetch_all(pool)
    .await?;
    let messages = rows.into_iter().map(|row| Message {
        id: row.message_id,
        subject: row.subject,
        type_name: row.r#type,
        key: row.key,
        version: row.version,
        body: row.body.into(),
        traceparent: None,
    });
    Ok(messages.collect())
}

/// Forgets a parked message, within the transaction that applied it.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    consumer: &str,
    message_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from events.dead_letter where consumer = $1 and message_id = $2",
        consumer,
        message_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
