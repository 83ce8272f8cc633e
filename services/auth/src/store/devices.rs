use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::device::Device;

/// Notes that a device of an account was seen. Whether it is new, and not the
/// account's first.
pub async fn note(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    device: &Device,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with noted as (
               insert into known_device (account_id, device, seen_time) values ($1, $2, $3)
               on conflict (account_id, device) do update set seen_time = excluded.seen_time
               returning xmax = 0 as fresh
           )
           select (exists(select from noted where fresh) and exists(
               select from known_device where known_device.account_id = $1
           )) as "new!""#,
        account_id.uuid(),
        &device.mark(),
        now,
    )
    .fetch_one(conn)
    .await
}

/// Notes that a known device was seen, to the day.
pub async fn set_seen(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    device: &Device,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update known_device set seen_time = $3
         where account_id = $1 and device = $2 and seen_time < $3::timestamptz - interval '1 day'",
        account_id.uuid(),
        &device.mark(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets some of the devices not seen since `before`. The latest of an account
/// stays: the next one is not taken for its first. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from known_device where (account_id, device) in (
             select account_id, device from known_device old
             where seen_time < $1 and exists (
                 select from known_device later where later.account_id = old.account_id
                     and (later.seen_time, later.device) > (old.seen_time, old.device)
             )
             limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}

/// Forgets the devices of an account.
pub async fn delete(conn: &mut PgConnection, account_id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from known_device where account_id = $1",
        account_id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}
