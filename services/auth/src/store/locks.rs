use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::attempt::{Lock, Subject};

/// The latest lock of a subject, also one that ended.
pub async fn get(db: impl PgExecutor<'_>, subject: &Subject) -> Result<Option<Lock>, sqlx::Error> {
    sqlx::query_as!(
        Lock,
        "select level, until_time from sign_in_lock where subject = $1",
        subject.as_bytes(),
    )
    .fetch_optional(db)
    .await
}

pub async fn set(conn: &mut PgConnection, subject: &Subject, lock: Lock) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sign_in_lock (subject, level, until_time) values ($1, $2, $3)
         on conflict (subject) do update set level = excluded.level, until_time = excluded.until_time",
        subject.as_bytes(),
        lock.level,
        lock.until_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, subject: &Subject) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sign_in_lock where subject = $1", subject.as_bytes())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets some of the locks that ended before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from sign_in_lock where subject in (
             select subject from sign_in_lock where until_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
