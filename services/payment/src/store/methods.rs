use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::method::Method;
use crate::pg::Provider;

struct Row {
    payment_method_id: Uuid,
    provider: String,
    label: String,
    create_time: OffsetDateTime,
}

impl TryFrom<Row> for Method {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            payment_method_id: row.payment_method_id.into(),
            provider: stored("payment_method.provider", &row.provider)?,
            label: row.label,
            create_time: row.create_time,
        })
    }
}

/// Makes the writers of one member's methods wait for each other.
pub async fn lock_member(conn: &mut PgConnection, owner: Id<Member>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('payment_method ' || $1::text, 0))",
        owner.to_string(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn count(db: impl PgExecutor<'_>, owner: Id<Member>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from payment_method where member_id = $1 and remove_time is null"#,
        owner.uuid(),
    )
    .fetch_one(db)
    .await
}

pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    owner: Id<Member>,
    request_id: Uuid,
) -> Result<Option<Method>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select payment_method_id, provider, label, create_time from payment_method where member_id = $1 and request_id = $2",
        owner.uuid(),
        request_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Method::try_from).transpose()
}

pub async fn insert(
    conn: &mut PgConnection,
    owner: Id<Member>,
    request_id: Option<Uuid>,
    billing_key: &str,
    method: &Method,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payment_method (payment_method_id, member_id, request_id, provider, billing_key, label,
             create_time)
         values ($1, $2, $3, $4, $5, $6, $7)",
        method.payment_method_id.uuid(),
        owner.uuid(),
        request_id,
        method.provider.into_str(),
        billing_key,
        method.label,
        method.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The methods of `owner`, newest first.
pub async fn list(db: impl PgExecutor<'_>, owner: Id<Member>, page: &Page) -> Result<Vec<Method>, Fault> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select payment_method_id, provider, label, create_time from payment_method
         where member_id = $1 and remove_time is null and (create_time, payment_method_id) < ($2, $3)
         order by create_time desc, payment_method_id desc limit $4",
        owner.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Method::try_from).collect()
}

/// Where `owner` has this method, if at all. It stays until the transaction ends.
pub async fn hold(
    conn: &mut PgConnection,
    owner: Id<Member>,
    method: Id<Method>,
) -> Result<Option<Provider>, Fault> {
    let provider = sqlx::query_scalar!(
        "select provider from payment_method
         where member_id = $1 and payment_method_id = $2 and remove_time is null for share",
        owner.uuid(),
        method.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(provider
        .map(|text| stored("payment_method.provider", &text))
        .transpose()?)
}

/// The PG's token of a method; none once it is forgotten. A method that was
/// removed still serves what was begun with it.
pub async fn billing_key(
    db: impl PgExecutor<'_>,
    owner: Id<Member>,
    method: Id<Method>,
) -> Result<Option<String>, sqlx::Error> {
    let key = sqlx::query_scalar!(
        "select billing_key from payment_method where member_id = $1 and payment_method_id = $2",
        owner.uuid(),
        method.uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(key.flatten())
}

/// Removes a method of `owner` and has the PG forget it soon; false when there
/// never was one.
pub async fn remove(
    conn: &mut PgConnection,
    owner: Id<Member>,
    method: Id<Method>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!(
        "update payment_method set remove_time = coalesce(remove_time, $3),
             next_time = case when remove_time is null then clock_timestamp() else next_time end
         where member_id = $1 and payment_method_id = $2",
        owner.uuid(),
        method.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Erases the token of a method the PG has forgotten.
pub async fn erase(db: impl PgExecutor<'_>, method: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payment_method set billing_key = null, next_time = null where payment_method_id = $1",
        method,
    )
    .execute(db)
    .await?;
    Ok(())
}
