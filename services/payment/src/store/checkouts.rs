//! What is open for buyers at the PGs.

use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::Id;

use crate::payment::{Order, Payment};
use crate::pg::Provider;

/// Something that has to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub checkout_id: Uuid,
    pub order_id: Id<Order>,
    pub provider: Provider,
    pub payment_key: String,
}

/// Books that something is open; it may be known.
pub async fn insert(
    conn: &mut PgConnection,
    payment_id: Id<Payment>,
    provider: Provider,
    payment_key: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into checkout (checkout_id, payment_id, provider, payment_key, create_time)
         values ($1, $2, $3, $4, $5) on conflict (provider, payment_key) do nothing",
        Uuid::now_v7(),
        payment_id.uuid(),
        provider.into_str(),
        payment_key,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has all that is open for a payment closed, but what it was paid by.
pub async fn close(
    conn: &mut PgConnection,
    payment_id: Id<Payment>,
    paid_by: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update checkout set next_time = case when payment_key = $2 then null else clock_timestamp() end,
             close_time = case when payment_key = $2 then clock_timestamp() end
         where payment_id = $1 and close_time is null",
        payment_id.uuid(),
        paid_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `most` that are to be closed, for `lease`.
pub async fn claim(db: impl PgExecutor<'_>, most: i64, lease: Duration) -> Result<Vec<Open>, Fault> {
    let rows = sqlx::query!(
        "with due as (
             select checkout_id from checkout where next_time <= now()
             order by next_time limit $1 for update skip locked
         )
         update checkout c set next_time = clock_timestamp() + make_interval(secs => $2)
         from due, payment p where c.checkout_id = due.checkout_id and p.payment_id = c.payment_id
         returning c.checkout_id, p.order_id, c.provider, c.payment_key",
        most,
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await?;
    let open = rows.into_iter().map(|row| {
        Ok(Open {
            checkout_id: row.checkout_id,
            order_id: row.order_id.into(),
            provider: stored("checkout.provider", &row.provider)?,
            payment_key: row.payment_key,
        })
    });
    open.collect()
}

/// It is closed.
pub async fn closed(db: impl PgExecutor<'_>, checkout_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update checkout set close_time = clock_timestamp(), next_time = null where checkout_id = $1",
        checkout_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
