use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::account::Role;

/// Who may decide about accounts, each with the role for it, those left out that are
/// locked. They stay so until the transaction ends, except that there may be more.
pub async fn lock_deciders(conn: &mut PgConnection) -> Result<Vec<(Id<Member>, Role)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select account_id, role from account_role where role in ('ADMIN', 'SECURITY', 'SUPPORT')
         order by account_id, role for update"
    );
    let known = rows.fetch_all(&mut *conn).await?;
    // Locks are made by deciders, so each that was made is seen now that their turn has come.
    let ids: Vec<uuid::Uuid> = known.iter().map(|row| row.account_id).collect();
    let locked = sqlx::query_scalar!(
        "select account_id from account where account_id = any($1) and lock_time is not null",
        &ids,
    );
    let locked = locked.fetch_all(conn).await?;
    let known = known.into_iter().filter(|row| !locked.contains(&row.account_id));
    // The table's check constraint allows no role we do not know.
    let known = known.filter_map(|row| Some((row.account_id.into(), row.role.parse().ok()?)));
    Ok(known.collect())
}

/// `false` when the account has the role already.
pub async fn insert(
    conn: &mut PgConnection,
    id: Id<Member>,
    role: Role,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into account_role (account_id, role, grant_time) values ($1, $2, $3) on conflict do nothing",
        id.uuid(),
        role.into_str(),
        now,
    );
    Ok(inserted.execute(conn).await?.rows_affected() == 1)
}

/// `false` when the account does not have the role.
pub async fn delete(conn: &mut PgConnection, id: Id<Member>, role: Role) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from account_role where account_id = $1 and role = $2",
        id.uuid(),
        role.into_str(),
    );
    Ok(deleted.execute(conn).await?.rows_affected() == 1)
}

/// Takes every role from an account.
pub async fn delete_all(conn: &mut PgConnection, id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from account_role where account_id = $1", id.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
