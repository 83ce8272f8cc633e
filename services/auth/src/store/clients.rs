//! Service accounts and their secrets.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::client::Client;
use crate::secret::Secret;

struct Row {
    service_account_id: Uuid,
    account_id: Uuid,
    name: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    create_time: OffsetDateTime,
    secret_expire_time: Option<OffsetDateTime>,
}

impl From<Row> for Client {
    fn from(row: Row) -> Self {
        Self {
            id: row.service_account_id.into(),
            account_id: row.account_id.into(),
            name: row.name,
            scopes: row.scopes,
            // Only roles we know were written.
            roles: row.roles.iter().filter_map(|name| name.parse().ok()).collect(),
            create_time: row.create_time,
            secret_expire_time: row.secret_expire_time,
        }
    }
}

/// Adds a service account; `false` when the account's request made one before.
pub async fn insert(
    conn: &mut PgConnection,
    client: &Client,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let roles: Vec<String> = client
        .roles
        .iter()
        .map(|role| role.into_str().to_owned())
        .collect();
    let inserted = sqlx::query!(
        "insert into service_account (service_account_id, account_id, name, scopes, roles, request_id, create_time)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (account_id, request_id) do nothing",
        client.id.uuid(),
        client.account_id.uuid(),
        client.name,
        &client.scopes,
        &roles,
        request_id,
        client.create_time,
    );
    Ok(inserted.execute(conn).await?.rows_affected() == 1)
}

pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    account_id: Id<Member>,
    request_id: Uuid,
) -> Result<Option<Client>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select service_account_id, account_id, name, scopes, roles, create_time,
                  (select max(expire_time) from client_secret
                   where client_secret.service_account_id = service_account.service_account_id) as secret_expire_time
           from service_account where account_id = $1 and request_id = $2"#,
        account_id.uuid(),
        request_id,
    );
    Ok(row.fetch_optional(db).await?.map(Client::from))
}

/// An account's own service account; nobody else changes it until the
/// transaction ends.
pub async fn lock(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    id: Id<Client>,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        "select 1 as one from service_account
         where account_id = $1 and service_account_id = $2 and revoke_time is null for update",
        account_id.uuid(),
        id.uuid(),
    );
    Ok(row.fetch_optional(conn).await?.is_some())
}

pub async fn count(conn: &mut PgConnection, account_id: Id<Member>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from service_account where account_id = $1 and revoke_time is null"#,
        account_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// An account's service accounts, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    account_id: Id<Member>,
    page: &Page,
) -> Result<Vec<Client>, sqlx::Error> {
    let (before_time, before_id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select service_account_id, account_id, name, scopes, roles, create_time,
                  (select max(expire_time) from client_secret
                   where client_secret.service_account_id = service_account.service_account_id) as secret_expire_time
           from service_account
           where account_id = $1 and revoke_time is null and (create_time, service_account_id) < ($2, $3)
           order by create_time desc, service_account_id desc
           limit $4"#,
        account_id.uuid(),
        before_time,
        before_id,
        page.fetch_limit(),
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Client::from).collect())
}

/// The service account that signs in with this secret now.
pub async fn find_by_secret(
    db: impl PgExecutor<'_>,
    id: Id<Client>,
    secret: &Secret,
    now: OffsetDateTime,
) -> Result<Option<Client>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select service_account_id, account_id, name, scopes, roles, service_account.create_time,
                  client_secret.expire_time as "secret_expire_time?"
           from service_account join client_secret using (service_account_id)
           where service_account_id = $1 and revoke_time is null and secret_hash = $2 and expire_time > $3"#,
        id.uuid(),
        &secret.hash(),
        now,
    );
    Ok(row.fetch_optional(db).await?.map(Client::from))
}

/// Adds a secret; those before it end at `overlap` at the latest.
pub async fn add_secret(
    conn: &mut PgConnection,
    id: Id<Client>,
    secret: &Secret,
    now: OffsetDateTime,
    expire_time: OffsetDateTime,
    overlap: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update client_secret set expire_time = least(expire_time, $2) where service_account_id = $1",
        id.uuid(),
        overlap,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into client_secret (secret_hash, service_account_id, create_time, expire_time) values ($1, $2, $3, $4)",
        &secret.hash(),
        id.uuid(),
        now,
        expire_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a service account; `None` when the account has no such one, else
/// whether it was open still.
pub async fn revoke(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    id: Id<Client>,
    now: OffsetDateTime,
) -> Result<Option<bool>, sqlx::Error> {
    let row = sqlx::query!(
        r#"update service_account set revoke_time = coalesce(service_account.revoke_time, $3)
           from (select service_account_id, revoke_time from service_account
                 where account_id = $1 and service_account_id = $2 for update) as before
           where service_account.service_account_id = before.service_account_id
           returning before.revoke_time is null as "open!""#,
        account_id.uuid(),
        id.uuid(),
        now,
    );
    Ok(row.fetch_optional(conn).await?.map(|row| row.open))
}

/// Ends every service account of an account, and erases their names.
pub async fn close_of(
    conn: &mut PgConnection,
    account_id: Id<Member>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update service_account set name = '', revoke_time = coalesce(revoke_time, $2) where account_id = $1",
        account_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets some of the secrets that ended before `before`. Gives how many.
pub async fn delete_old(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from client_secret where secret_hash in (
             select secret_hash from client_secret where expire_time < $1 limit $2 for update skip locked
         )",
        before,
        most,
    );
    Ok(deleted.execute(db).await?.rows_affected())
}
