//! What is due, by the database's clock: `now()` is the time of the statement
//! here, and unlike `clock_timestamp()` it can be looked up in an index.

use std::time::Duration;

use sqlx::PgExecutor;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::Id;

use super::attempts;
use crate::attempt::Attempt;
use crate::payment::Order;
use crate::pg::Provider;

/// A payment somebody has to do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub order_id: Id<Order>,
    /// What the PG is to be asked; none when there is nothing, or no more.
    pub attempt: Option<Attempt>,
}

/// Takes up to `most` due payments for `lease`, and books that the PG is about
/// to be asked. Others pass over them meanwhile.
pub async fn claim(db: impl PgExecutor<'_>, most: i64, lease: Duration) -> Result<Vec<Due>, Fault> {
    // What the PG certainly has not is not brought to it after its time.
    let rows = sqlx::query!(
        r#"with due as (
             select payment_id, state in ('awaiting_buyer', 'pending', 'awaiting_deposit')
                 and coalesce(due_time <= now(), false) as overdue
             from payment where next_time <= now()
             order by next_time limit $1 for update skip locked
         ), leased as (
             update payment p set next_time = clock_timestamp() + make_interval(secs => $2)
             from due where p.payment_id = due.payment_id
             returning p.payment_id, p.order_id, due.overdue
         ), about as (
             select a.attempt_id, a.state = 'sent' as sent_before
             from leased l join attempt a on a.payment_id = l.payment_id
             where a.state = 'sent' or (a.state = 'waiting' and not l.overdue)
         ), tried as (
             update attempt a set state = 'sent', tries = a.tries + 1 from about
             where a.attempt_id = about.attempt_id and a.state in ('waiting', 'sent')
             returning a.payment_id, a.attempt_id, a.kind, a.provider, a.refund_id, about.sent_before, a.tries,
                 a.failures, a.keys_used
         )
         select l.order_id as "order_id!", t.attempt_id as "attempt_id?", t.kind as "kind?",
             t.provider as "provider?", t.refund_id as "refund_id?", t.sent_before as "sent?", t.tries as "tries?",
             t.failures as "failures?", t.keys_used as "keys_used?"
         from leased l left join tried t on t.payment_id = l.payment_id"#,
        most,
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await?;
    let due = rows.into_iter().map(|row| {
        let attempt = attempts::Row {
            attempt_id: row.attempt_id,
            kind: row.kind,
            provider: row.provider,
            refund_id: row.refund_id,
            sent: row.sent,
            tries: row.tries,
            failures: row.failures,
            keys_used: row.keys_used,
        };
        Ok(Due {
            order_id: row.order_id.into(),
            attempt: attempt.read()?,
        })
    });
    due.collect()
}

/// A removed method whose token the PG still has.
#[derive(Debug)]
pub struct Removed {
    pub payment_method_id: Uuid,
    pub provider: Provider,
    pub billing_key: String,
}

/// Takes up to `most` removed methods for `lease`: those nothing is being
/// charged to.
pub async fn claim_removed(
    db: impl PgExecutor<'_>,
    most: i64,
    lease: Duration,
) -> Result<Vec<Removed>, Fault> {
    let rows = sqlx::query!(
        r#"with due as (
             select m.payment_method_id from payment_method m
             where m.next_time <= now() and m.billing_key is not null
                 and not exists (select from payment p
                     where p.payment_method_id = m.payment_method_id and p.state = 'pending')
             order by m.next_time limit $1 for update skip locked
         )
         update payment_method m set next_time = clock_timestamp() + make_interval(secs => $2)
         from due where m.payment_method_id = due.payment_method_id
         returning m.payment_method_id, m.provider, m.billing_key as "billing_key!""#,
        most,
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await?;
    let removed = rows.into_iter().map(|row| {
        Ok(Removed {
            payment_method_id: row.payment_method_id,
            provider: stored("payment_method.provider", &row.provider)?,
            billing_key: row.billing_key,
        })
    });
    removed.collect()
}
