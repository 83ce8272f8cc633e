use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::device::Device;
use crate::secret::Secret;
use crate::session::{EndCause, Session};

struct Row {
    session_id: Uuid,
    account_id: Uuid,
    user_agent: String,
    device_name: String,
    mfa: bool,
    create_time: OffsetDateTime,
    refresh_time: OffsetDateTime,
    expire_time: OffsetDateTime,
    end_time: Option<OffsetDateTime>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: row.session_id.into(),
            account_id: row.account_id.into(),
            device: Device {
                user_agent: row.user_agent,
                name: row.device_name,
            },
            mfa: row.mfa,
            create_time: row.create_time,
            refresh_time: row.refresh_time,
            expire_time: row.expire_time,
            end_time: row.end_time,
        }
    }
}

pub async fn insert(conn: &mut PgConnection, session: &Session) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into session (session_id, account_id, user_agent, device_name, mfa, create_time, refresh_time, expire_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        session.id.uuid(),
        session.account_id.uuid(),
        session.device.user_agent,
        session.device.name,
        session.mfa,
        session.create_time,
        session.refresh_time,
        session.expire_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session a refresh token belongs to; its other tokens wait until the
/// transaction ends.
pub async fn lock_by_token(conn: &mut PgConnection, token: &Secret) -> Result<Option<Session>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select session_id, account_id, user_agent, device_name, mfa, create_time, refresh_time, expire_time, end_time
         from session
         where session_id = (select session_id from refresh_token where token_hash = $1)
         for update",
        &token.hash(),
    );
    Ok(row.fetch_optional(conn).await?.map(Session::from))
}

/// Open sessions of an account, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    account_id: Id<Member>,
    now: OffsetDateTime,
    page: &Page,
) -> Result<Vec<Session>, sqlx::Error> {
    let (before_time, before_id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select session_id, account_id, user_agent, device_name, mfa, create_time, refresh_time, expire_time, end_time
         from session
         where account_id = $1 and end_time is null and expire_time > $2
           and (create_time, session_id) < ($3, $4)
         order by create_time desc, session_id desc
         limit $5",
        account_id.uuid(),
        now,
        before_time,
        before_id,
        page.fetch_limit(),
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Session::from).collect())
}

/// Notes that a session lives on until `expire_time`.
pub async fn set_refreshed(
    conn: &mut PgConnection,
    id: Id<Session>,
    now: OffsetDateTime,
    expire_time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set refresh_time = $2, expire_time = $3 where session_id = $1",
        id.uuid(),
        now,
        expire_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a session of an account, unless it has ended before; `false` when there
/// is no such session.
pub async fn end(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    id: Id<Session>,
    cause: EndCause,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update session set end_time = coalesce(end_time, $3), end_cause = coalesce(end_cause, $4)
         where account_id = $1 and session_id = $2",
        account_id.uuid(),
        id.uuid(),
        now,
        cause.into_str(),
    );
    Ok(updated.execute(conn).await?.rows_affected() == 1)
}

/// Ends every open session of an account, except one that is spared. Gives how many.
pub async fn end_all(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    spared: Option<Id<Session>>,
    cause: EndCause,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query!(
        "update session set end_time = $3, end_cause = $4
         where account_id = $1 and session_id is distinct from $2 and end_time is null and expire_time > $3",
        account_id.uuid(),
        spared.map(Id::uuid),
        now,
        cause.into_str(),
    );
    Ok(ended.execute(conn).await?.rows_affected())
}

/// Names the device of an open session; `false` when there is no such session.
pub async fn set_device_name(
    db: impl PgExecutor<'_>,
    account_id: Id<Member>,
    id: Id<Session>,
    name: &str,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update session set device_name = $3
         where account_id = $1 and session_id = $2 and end_time is null",
        account_id.uuid(),
        id.uuid(),
        name,
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Notes that a code was shown for this session.
pub async fn set_mfa(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    id: Id<Session>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set mfa = true where account_id = $1 and session_id = $2",
        account_id.uuid(),
        id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// No session of the account counts as signed in with a code any more.
pub async fn clear_mfa(conn: &mut PgConnection, account_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set mfa = false where account_id = $1 and mfa",
        account_id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the sessions of an account, with their tokens.
pub async fn delete_of(conn: &mut PgConnection, account_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where account_id = $1", account_id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets some of the sessions that ended or expired before `before`, with
/// their tokens. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from session where session_id in (
             select session_id from session
             where expire_time < $1 or end_time < $1
             limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
