use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::mail::Purpose;
use crate::secret::Secret;

/// Adds a token unless the account had `most` of its kind within `window`;
/// `false` when it had.
pub async fn insert(
    db: impl PgExecutor<'_>,
    token: &Secret,
    account_id: Id<Member>,
    purpose: Purpose,
    now: OffsetDateTime,
    (window, most): (Duration, i64),
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into mail_token (token_hash, account_id, purpose, create_time, expire_time)
         select $1, $2, $3, $4, $5
         where (select count(*) from mail_token
                where account_id = $2 and purpose = $3 and create_time > $6) < $7",
        &token.hash(),
        account_id.uuid(),
        purpose.into_str(),
        now,
        now + purpose.life(),
        now - window,
        most,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Whose token this is, while it is good.
pub async fn find(
    db: impl PgExecutor<'_>,
    token: &Secret,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<Option<Id<Member>>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select account_id from mail_token where token_hash = $1 and purpose = $2 and expire_time > $3",
        &token.hash(),
        purpose.into_str(),
        now,
    );
    Ok(id.fetch_optional(db).await?.map(Id::from_uuid))
}

/// Uses a token up. Whose it was, when it was good still.
pub async fn take(
    conn: &mut PgConnection,
    token: &Secret,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<Option<Id<Member>>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "delete from mail_token where token_hash = $1 and purpose = $2 and expire_time > $3
         returning account_id",
        &token.hash(),
        purpose.into_str(),
        now,
    );
    Ok(id.fetch_optional(conn).await?.map(Id::from_uuid))
}

/// Ends a token that was not sent.
pub async fn delete(db: impl PgExecutor<'_>, token_hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_token where token_hash = $1", token_hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends the tokens of an account.
pub async fn delete_of(conn: &mut PgConnection, account_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_token where account_id = $1", account_id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets some of the tokens that ended before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from mail_token where token_hash in (
             select token_hash from mail_token where expire_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
