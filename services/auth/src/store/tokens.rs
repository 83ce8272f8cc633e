//! Refresh tokens.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::secret::Secret;
use crate::session::{KeptToken, Session};

pub async fn insert(
    conn: &mut PgConnection,
    id: Id<Session>,
    token: &Secret,
    expire_time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refresh_token (token_hash, session_id, expire_time) values ($1, $2, $3)",
        &token.hash(),
        id.uuid(),
        expire_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn get(conn: &mut PgConnection, token: &Secret) -> Result<Option<KeptToken>, sqlx::Error> {
    sqlx::query_as!(
        KeptToken,
        "select expire_time, use_time from refresh_token where token_hash = $1",
        &token.hash(),
    )
    .fetch_optional(conn)
    .await
}

pub async fn set_used(
    conn: &mut PgConnection,
    token: &Secret,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update refresh_token set use_time = $2 where token_hash = $1",
        &token.hash(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets some of the tokens that expired before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from refresh_token where token_hash in (
             select token_hash from refresh_token where expire_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
