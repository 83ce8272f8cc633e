use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::factor::Factor;

struct Row {
    salt: Vec<u8>,
    confirmed: bool,
    last_step: i64,
}

fn read(row: Row) -> Result<Factor, sqlx::Error> {
    let salt = row.salt.try_into();
    Ok(Factor {
        salt: salt.map_err(|_| sqlx::Error::Decode("a salt is not 32 bytes".into()))?,
        confirmed: row.confirmed,
        last_step: row.last_step,
    })
}

pub async fn get(db: impl PgExecutor<'_>, account_id: Id<Member>) -> Result<Option<Factor>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select salt, confirm_time is not null as "confirmed!", last_step from factor where account_id = $1"#,
        account_id.uuid(),
    );
    row.fetch_optional(db).await?.map(read).transpose()
}

/// The factor of an account; nobody else uses a code of it until the
/// transaction ends.
pub async fn lock(conn: &mut PgConnection, account_id: Id<Member>) -> Result<Option<Factor>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select salt, confirm_time is not null as "confirmed!", last_step
           from factor where account_id = $1 for update"#,
        account_id.uuid(),
    );
    row.fetch_optional(conn).await?.map(read).transpose()
}

/// Begins an enrolment in place of one that was not confirmed; `false` when
/// there is a confirmed one.
pub async fn enrol(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    salt: &[u8; 32],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let enrolled = sqlx::query!(
        "insert into factor (account_id, salt, create_time, last_step) values ($1, $2, $3, -1)
         on conflict (account_id) do update set salt = excluded.salt, create_time = excluded.create_time
         where factor.confirm_time is null",
        account_id.uuid(),
        salt,
        now,
    );
    Ok(enrolled.execute(conn).await?.rows_affected() == 1)
}

/// Notes that a code of this step was taken, and that there was one.
pub async fn set_used(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    step: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update factor set last_step = $2, confirm_time = coalesce(confirm_time, $3) where account_id = $1",
        account_id.uuid(),
        step,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the factor with its backup codes; `false` when there is none.
pub async fn delete(conn: &mut PgConnection, account_id: Id<Member>) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!("delete from factor where account_id = $1", account_id.uuid());
    Ok(deleted.execute(conn).await?.rows_affected() == 1)
}

/// Replaces the backup codes.
pub async fn set_backup_codes(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    hashes: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from backup_code where account_id = $1", account_id.uuid())
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into backup_code (account_id, code_hash) select $1, unnest($2::bytea[])",
        account_id.uuid(),
        hashes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a backup code up; `false` when there is no such code.
pub async fn use_backup_code(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    hash: &[u8; 32],
) -> Result<bool, sqlx::Error> {
    let used = sqlx::query!(
        "delete from backup_code where account_id = $1 and code_hash = $2",
        account_id.uuid(),
        hash,
    );
    Ok(used.execute(conn).await?.rows_affected() == 1)
}

pub async fn count_backup_codes(db: impl PgExecutor<'_>, account_id: Id<Member>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from backup_code where account_id = $1"#,
        account_id.uuid(),
    )
    .fetch_one(db)
    .await
}
