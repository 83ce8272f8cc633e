//! What PGs told by themselves.

use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::Id;

use crate::payment::Order;
use crate::pg::{Notice, Provider};

/// A webhook somebody has to ask the PG about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub webhook_id: Uuid,
    pub provider: Provider,
    pub payment_key: String,
    pub order_id: Id<Order>,
    pub failures: i32,
}

/// Keeps a webhook about an order of ours; one that is here is only counted.
pub async fn insert(
    conn: &mut PgConnection,
    provider: Provider,
    notice: &Notice,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into webhook (webhook_id, provider, event_key, kind, payment_key, order_id, create_time, next_time)
         values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
         on conflict (provider, event_key) do update set times_received = webhook.times_received + 1",
        Uuid::now_v7(),
        provider.into_str(),
        notice.event_key,
        notice.kind,
        notice.payment_key,
        notice.order_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `most` for `lease`.
pub async fn claim(db: impl PgExecutor<'_>, most: i64, lease: Duration) -> Result<Vec<Hint>, Fault> {
    let rows = sqlx::query!(
        "with due as (
             select webhook_id from webhook where next_time <= now()
             order by next_time limit $1 for update skip locked
         )
         update webhook w set next_time = clock_timestamp() + make_interval(secs => $2)
         from due where w.webhook_id = due.webhook_id
         returning w.webhook_id, w.provider, w.payment_key, w.order_id, w.failures",
        most,
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await?;
    let hints = rows.into_iter().map(|row| {
        Ok(Hint {
            webhook_id: row.webhook_id,
            provider: stored("webhook.provider", &row.provider)?,
            payment_key: row.payment_key,
            order_id: row.order_id.into(),
            failures: row.failures,
        })
    });
    hints.collect()
}

/// What came of it.
pub async fn end(db: impl PgExecutor<'_>, webhook_id: Uuid, outcome: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook set outcome = $2, end_time = clock_timestamp(), next_time = null where webhook_id = $1",
        webhook_id,
        outcome,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The PG gave no answer: it is asked after `wait`.
pub async fn put_off(db: impl PgExecutor<'_>, webhook_id: Uuid, wait: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook set failures = failures + 1, next_time = clock_timestamp() + make_interval(secs => $2)
         where webhook_id = $1",
        webhook_id,
        wait.as_secs_f64(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets what ended more than a month ago.
pub async fn forget_old(db: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from webhook where end_time < now() - interval '30 days'")
        .execute(db)
        .await?;
    Ok(())
}
