use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::attempt::{Attempt, Progress};
use crate::payment::Payment;

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
        "insert into attempt (attempt_id, payment_id, kind, state, tries, failures, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $7)",
        attempt.attempt_id,
        payment_id.uuid(),
        attempt.kind.into_str(),
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
        "update attempt set state = $2, code = $3, failures = $4, update_time = $5 where attempt_id = $1",
        attempt.attempt_id,
        progress.into_str(),
        code,
        attempt.failures,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
