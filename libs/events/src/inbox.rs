use sqlx::PgConnection;

use crate::Message;

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Apply it.
    Apply,
    /// It was applied before.
    Duplicate,
    /// An earlier event of its key was not applied yet.
    Early,
}

/// Books a message in, within the transaction that will apply it. With
/// `any_start`, a key that was never seen may begin at a version above 1: the
/// stream no longer holds what was before.
pub(crate) async fn admit(
    conn: &mut PgConnection,
    consumer: &str,
    message: &Message,
    any_start: bool,
) -> Result<Admission, sqlx::Error> {
    if message.version == 0 {
        let fresh = sqlx::query!(
            "insert into events.inbox (consumer, message_id) values ($1, $2) on conflict do nothing",
            consumer,
            message.id,
        )
        .execute(conn)
        .await?
        .rows_affected();
        return Ok(if fresh == 1 {
            Admission::Apply
        } else {
            Admission::Duplicate
        });
    }
    // An event that is early leaves nothing behind, as not every caller has a
    // transaction to roll back.
    let row = sqlx::query!(
        r#"with next as (
             insert into events.position as current (consumer, key, version)
             select $1, $3, $4::bigint
             where $4::bigint = 1 or $5
                 or exists (select from events.position where consumer = $1 and key = $3)
             on conflict (consumer, key) do update set version = excluded.version, update_time = now()
                 where current.version = excluded.version - 1
             returning 1
         ), booked as (
             insert into events.inbox (consumer, message_id)
             select $1, $2 where exists (select from next)
             on conflict do nothing
         )
         select exists (select from next) as "next!",
             coalesce((select version from events.position where consumer = $1 and key = $3), 0) as "before!""#,
        consumer,
        message.id,
        message.key,
        message.version,
        any_start,
    )
    .fetch_one(conn)
    .await?;
    Ok(match row.next {
        true => Admission::Apply,
        false if row.before < message.version => Admission::Early,
        false => Admission::Duplicate,
    })
}
