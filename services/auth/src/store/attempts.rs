use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::attempt::{Attempt, MOST_FAILURES, Subject};

/// Attempts on one subject queue here, so that each sees those before it.
pub async fn lock(conn: &mut PgConnection, subject: &Subject) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", subject.lock_key())
        .execute(conn)
        .await?;
    Ok(())
}

/// The latest attempts after `after`, newest first; as many as decide.
pub async fn latest(
    db: impl PgExecutor<'_>,
    subject: &Subject,
    after: OffsetDateTime,
) -> Result<Vec<Attempt>, sqlx::Error> {
    sqlx::query_as!(
        Attempt,
        "select start_time, failed from attempt
         where subject = $1 and start_time > $2
         order by start_time desc limit $3",
        subject.as_bytes(),
        after,
        MOST_FAILURES,
    )
    .fetch_all(db)
    .await
}

/// Notes an attempt at hand.
pub async fn insert(
    conn: &mut PgConnection,
    id: Id<Attempt>,
    subject: &Subject,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into attempt (attempt_id, subject, start_time, failed) values ($1, $2, $3, false)",
        id.uuid(),
        subject.as_bytes(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_failed(db: impl PgExecutor<'_>, id: Id<Attempt>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update attempt set failed = true where attempt_id = $1",
        id.uuid()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets an attempt that succeeded.
pub async fn delete(db: impl PgExecutor<'_>, id: Id<Attempt>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from attempt where attempt_id = $1", id.uuid())
        .execute(db)
        .await?;
    Ok(())
}

/// Failures after `after`.
pub async fn count_failed(
    conn: &mut PgConnection,
    subject: &Subject,
    after: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from attempt where subject = $1 and failed and start_time > $2"#,
        subject.as_bytes(),
        after,
    )
    .fetch_one(conn)
    .await
}

/// Forgets the failures of a subject; those at hand stay.
pub async fn delete_failed(conn: &mut PgConnection, subject: &Subject) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from attempt where subject = $1 and failed",
        subject.as_bytes()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets some of the attempts before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from attempt where attempt_id in (
             select attempt_id from attempt where start_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
