use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::device::Device;
use crate::secret::Secret;

/// A log-in whose code is still to come.
#[derive(Debug, Clone)]
pub struct Challenge {
    pub account_id: Id<Member>,
    pub device: Device,
    pub failures: i32,
    pub expire_time: OffsetDateTime,
}

struct Row {
    account_id: Uuid,
    user_agent: String,
    device_name: String,
    failures: i32,
    expire_time: OffsetDateTime,
}

impl From<Row> for Challenge {
    fn from(row: Row) -> Self {
        Self {
            account_id: row.account_id.into(),
            device: Device {
                user_agent: row.user_agent,
                name: row.device_name,
            },
            failures: row.failures,
            expire_time: row.expire_time,
        }
    }
}

pub async fn insert(
    conn: &mut PgConnection,
    token: &Secret,
    challenge: &Challenge,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into challenge (token_hash, account_id, user_agent, device_name, failures, expire_time)
         values ($1, $2, $3, $4, $5, $6)",
        &token.hash(),
        challenge.account_id.uuid(),
        challenge.device.user_agent,
        challenge.device.name,
        challenge.failures,
        challenge.expire_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A challenge that has not ended.
pub async fn find(
    db: impl PgExecutor<'_>,
    token: &Secret,
    now: OffsetDateTime,
) -> Result<Option<Challenge>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select account_id, user_agent, device_name, failures, expire_time
         from challenge where token_hash = $1 and expire_time > $2",
        &token.hash(),
        now,
    );
    Ok(row.fetch_optional(db).await?.map(Challenge::from))
}

/// The same; nobody else answers it until the transaction ends.
pub async fn lock(
    conn: &mut PgConnection,
    token: &Secret,
    now: OffsetDateTime,
) -> Result<Option<Challenge>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select account_id, user_agent, device_name, failures, expire_time
         from challenge where token_hash = $1 and expire_time > $2 for update",
        &token.hash(),
        now,
    );
    Ok(row.fetch_optional(conn).await?.map(Challenge::from))
}

pub async fn set_failures(conn: &mut PgConnection, token: &Secret, failures: i32) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update challenge set failures = $2 where token_hash = $1",
        &token.hash(),
        failures,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, token: &Secret) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from challenge where token_hash = $1", &token.hash())
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends the log-ins of an account that wait for a code.
pub async fn delete_of(conn: &mut PgConnection, account_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from challenge where account_id = $1", account_id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets some of the challenges that ended before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from challenge where token_hash in (
             select token_hash from challenge where expire_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
