use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::Id;

use crate::attempt::{Attempt, Progress};
use crate::payment::Payment;

/// An attempt that may be there, as a joined row has it.
#[derive(Debug)]
pub struct Row {
    pub attempt_id: Option<Uuid>,
    pub kind: Option<String>,
    pub provider: Option<String>,
    pub refund_id: Option<Uuid>,
    pub sent: Option<bool>,
    pub tries: Option<i32>,
    pub failures: Option<i32>,
    pub keys_used: Option<i32>,
}

impl Row {
    pub fn read(self) -> Result<Option<Attempt>, Fault> {
        let (Some(attempt_id), Some(kind), Some(provider)) = (self.attempt_id, self.kind, self.provider)
        else {
            return Ok(None);
        };
        Ok(Some(Attempt {
            attempt_id,
            kind: stored("attempt.kind", &kind)?,
            provider: stored("attempt.provider", &provider)?,
            refund_id: self.refund_id.map(Id::from_uuid),
            sent: self.sent.unwrap_or_default(),
            tries: self.tries.unwrap_or_default(),
            failures: self.failures.unwrap_or_default(),
            keys_used: self.keys_used.unwrap_or_default(),
        }))
    }
}

/// Books the intent to ask the PG; the first try begins at once when it is counted.
pub async fn insert(
    conn: &mut PgConnection,
    payment_id: Id<Payment>,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let progress = if attempt.tries > 0 {
        Progress::Sent
    } else {
        Progress::Waiting
    };
    sqlx::query!(
        "insert into attempt (attempt_id, payment_id, kind, provider, refund_id, state, tries, failures, create_time,
             update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        attempt.attempt_id,
        payment_id.uuid(),
        attempt.kind.into_str(),
        attempt.provider.into_str(),
        attempt.refund_id.map(Id::uuid),
        progress.into_str(),
        attempt.tries,
        attempt.failures,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Books what came of it, and the failures so far.
pub async fn set_state(
    conn: &mut PgConnection,
    attempt: &Attempt,
    progress: Progress,
    code: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update attempt set state = $2, code = $3, failures = $4, keys_used = $5, update_time = $6
         where attempt_id = $1",
        attempt.attempt_id,
        progress.into_str(),
        code,
        attempt.failures,
        attempt.keys_used,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
