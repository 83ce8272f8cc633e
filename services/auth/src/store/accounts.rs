use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::account::{Account, Email, Role, StaffLock};
use crate::hashing::PasswordHash;

struct Row {
    account_id: Uuid,
    email: String,
    display_name: String,
    roles: Vec<String>,
    create_time: OffsetDateTime,
    verified: bool,
    mfa: bool,
    locked: bool,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        // The table's check constraint allows no role we do not know.
        let mut roles: Vec<_> = row.roles.iter().filter_map(|name| name.parse().ok()).collect();
        roles.sort();
        Self {
            id: row.account_id.into(),
            email: Email::new(&row.email),
            display_name: row.display_name,
            roles,
            create_time: row.create_time,
            verified: row.verified,
            mfa: row.mfa,
            locked: row.locked,
        }
    }
}

pub async fn get(db: impl PgExecutor<'_>, id: Id<Member>) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select account_id, email as "email!", display_name as "display_name!", create_time,
                  array(select role from account_role where account_role.account_id = account.account_id) as "roles!",
                  verify_time is not null as "verified!", lock_time is not null as "locked!",
                  exists(select from factor where factor.account_id = account.account_id
                         and confirm_time is not null) as "mfa!"
           from account where account_id = $1 and close_time is null"#,
        id.uuid(),
    );
    Ok(row.fetch_optional(db).await?.map(Account::from))
}

/// An account; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: Id<Member>) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query!(
        "select 1 as one from account where account_id = $1 and close_time is null for update",
        id.uuid()
    );
    match row.fetch_optional(&mut *conn).await? {
        Some(_) => get(conn, id).await,
        None => Ok(None),
    }
}

pub async fn find_by_email(db: impl PgExecutor<'_>, email: &Email) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select account_id, email as "email!", display_name as "display_name!", create_time,
                  array(select role from account_role where account_role.account_id = account.account_id) as "roles!",
                  verify_time is not null as "verified!", lock_time is not null as "locked!",
                  exists(select from factor where factor.account_id = account.account_id
                         and confirm_time is not null) as "mfa!"
           from account where email = $1"#,
        email.as_str(),
    );
    Ok(row.fetch_optional(db).await?.map(Account::from))
}

/// The accounts with these ids, as many as there are.
pub async fn batch(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Account>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select account_id, email as "email!", display_name as "display_name!", create_time,
                  array(select role from account_role where account_role.account_id = account.account_id) as "roles!",
                  verify_time is not null as "verified!", lock_time is not null as "locked!",
                  exists(select from factor where factor.account_id = account.account_id
                         and confirm_time is not null) as "mfa!"
           from account where account_id = any($1) and close_time is null"#,
        ids,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Account::from).collect())
}

/// Accounts newest first, narrowed by what is given.
pub async fn list(
    db: impl PgExecutor<'_>,
    email_prefix: &str,
    role: Option<Role>,
    page: &Page,
) -> Result<Vec<Account>, sqlx::Error> {
    let (before_time, before_id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select account_id, email as "email!", display_name as "display_name!", create_time,
                  array(select role from account_role where account_role.account_id = account.account_id) as "roles!",
                  verify_time is not null as "verified!", lock_time is not null as "locked!",
                  exists(select from factor where factor.account_id = account.account_id
                         and confirm_time is not null) as "mfa!"
           from account
           where close_time is null and starts_with(email, $1)
             and ($2::text is null or exists (
                 select from account_role
                 where account_role.account_id = account.account_id and account_role.role = $2
             ))
             and (create_time, account_id) < ($3, $4)
           order by create_time desc, account_id desc
           limit $5"#,
        email_prefix,
        role.map(|role| role.into_str()),
        before_time,
        before_id,
        page.fetch_limit(),
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Account::from).collect())
}

/// Whether this request made the account.
pub async fn is_of_request(
    db: impl PgExecutor<'_>,
    id: Id<Member>,
    request_id: Uuid,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        "select 1 as one from account where account_id = $1 and request_id = $2",
        id.uuid(),
        request_id,
    );
    Ok(row.fetch_optional(db).await?.is_some())
}

/// Adds an account and its roles; `false` when the address has one already.
pub async fn insert(
    conn: &mut PgConnection,
    account: &Account,
    password_hash: &PasswordHash,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into account (account_id, email, display_name, password_hash, request_id, create_time)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (email) do nothing",
        account.id.uuid(),
        account.email.as_str(),
        account.display_name,
        password_hash.as_phc(),
        request_id,
        account.create_time,
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for role in &account.roles {
        super::roles::insert(conn, account.id, *role, account.create_time).await?;
    }
    Ok(true)
}

/// What an account signs in with.
pub struct Credentials {
    pub id: Id<Member>,
    pub password_hash: PasswordHash,
    /// A code is asked for beside the password.
    pub mfa: bool,
}

/// What the account with this address signs in with.
pub async fn credentials(db: impl PgExecutor<'_>, email: &Email) -> Result<Option<Credentials>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select account_id, password_hash,
                  exists(select from factor where factor.account_id = account.account_id
                         and confirm_time is not null) as "mfa!"
           from account where email = $1"#,
        email.as_str()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Credentials {
        id: row.account_id.into(),
        password_hash: PasswordHash::from_phc(row.password_hash),
        mfa: row.mfa,
    }))
}

/// Whether staff locked an account, if this is still its password; both stay so until
/// the transaction ends.
pub async fn hold_password(
    conn: &mut PgConnection,
    id: Id<Member>,
    password_hash: &PasswordHash,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select lock_time is not null as "locked!" from account
           where account_id = $1 and password_hash = $2 for share"#,
        id.uuid(),
        password_hash.as_phc(),
    )
    .fetch_optional(conn)
    .await
}

/// Keeps staff from locking an account until the transaction ends.
pub async fn hold(conn: &mut PgConnection, id: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select 1 as one from account where account_id = $1 for share",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// What staff locked an account for.
pub async fn staff_lock(conn: &mut PgConnection, id: Id<Member>) -> Result<Option<StaffLock>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select lock_time as "time!", lock_reason as "reason!", locked_by as "by!" from account
           where account_id = $1 and lock_time is not null"#,
        id.uuid(),
    );
    let row = row.fetch_optional(conn).await?;
    Ok(row.map(|row| StaffLock {
        time: row.time,
        reason: row.reason,
        by: row.by.into(),
    }))
}

/// Keeps that staff locked an account, or that it no longer does; `false` when that
/// is so already.
pub async fn set_staff_lock(
    conn: &mut PgConnection,
    id: Id<Member>,
    lock: Option<&StaffLock>,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update account set lock_time = $2, lock_reason = $3, locked_by = $4
         where account_id = $1 and (lock_time is null) <> ($2::timestamptz is null)",
        id.uuid(),
        lock.map(|lock| lock.time),
        lock.map(|lock| lock.reason.as_str()),
        lock.map(|lock| lock.by.uuid()),
    );
    Ok(updated.execute(conn).await?.rows_affected() == 1)
}

/// Replaces a password; `false` when the old one is not this any more.
pub async fn set_password(
    conn: &mut PgConnection,
    id: Id<Member>,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update account set password_hash = $3 where account_id = $1 and password_hash = $2",
        id.uuid(),
        old.as_phc(),
        new.as_phc(),
    );
    Ok(updated.execute(conn).await?.rows_affected() == 1)
}

/// Replaces a password, whatever it was.
pub async fn reset_password(
    conn: &mut PgConnection,
    id: Id<Member>,
    new: &PasswordHash,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update account set password_hash = $2 where account_id = $1",
        id.uuid(),
        new.as_phc(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the address was proven; `false` when it was before.
pub async fn set_verified(
    conn: &mut PgConnection,
    id: Id<Member>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update account set verify_time = $2 where account_id = $1 and verify_time is null",
        id.uuid(),
        now,
    );
    Ok(updated.execute(conn).await?.rows_affected() == 1)
}

/// Erases who it was. Gives the address it had; none when it was closed before,
/// or never was.
pub async fn close(
    conn: &mut PgConnection,
    id: Id<Member>,
    now: OffsetDateTime,
) -> Result<Option<Email>, sqlx::Error> {
    let row = sqlx::query!(
        r#"update account set email = null, display_name = null, password_hash = '', request_id = null,
               verify_time = null, lock_time = null, lock_reason = null, locked_by = null, close_time = $2
           from (select account_id, email from account where account_id = $1 for update) as before
           where account.account_id = before.account_id and close_time is null
           returning before.email as "email!""#,
        id.uuid(),
        now,
    );
    let row = row.fetch_optional(conn).await?;
    Ok(row.map(|row| Email::new(&row.email)))
}
