use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::device::Device;

/// Notes a device of an account. Whether it is new, and not the account's first.
pub async fn note(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    device: &Device,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with noted as (
               insert into known_device (account_id, device, note_time) values ($1, $2, $3)
               on conflict do nothing returning device
           )
           select (exists(select from noted) and exists(
               select from known_device where known_device.account_id = $1
           )) as "new!""#,
        account_id.uuid(),
        &device.mark(),
        now,
    )
    .fetch_one(conn)
    .await
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
