use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::operation::{Act, Run};

struct Row {
    operation_id: Uuid,
    operation: String,
    subject_id: Uuid,
    state: String,
    refusal: String,
    before: String,
    after: String,
    update_time: OffsetDateTime,
}

/// Keeps an act that begins; false when its request made one before.
pub async fn insert(conn: &mut PgConnection, act: &Act, run: &Run) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into operation (operation_id, actor, request_id, operation, subject_id, reason, state, create_time,
             update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         on conflict on constraint operation_request_id_key do nothing",
        run.operation_id,
        act.user.id.uuid(),
        act.request_id,
        act.operation.into_str(),
        act.subject_id,
        act.reason,
        run.state.into_str(),
        run.update_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The act a request made, locked.
pub async fn lock_by_request(
    conn: &mut PgConnection,
    actor: Uuid,
    request_id: Uuid,
) -> Result<Option<Run>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select operation_id, operation, subject_id, state, refusal, before, after, update_time from operation
         where actor = $1 and request_id = $2 for update",
        actor,
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Run {
            operation_id: row.operation_id,
            operation: stored("operation.operation", &row.operation)?,
            subject_id: row.subject_id,
            state: stored("operation.state", &row.state)?,
            refusal: row.refusal,
            before: row.before,
            after: row.after,
            update_time: row.update_time,
        })
    })
    .transpose()
}

/// Keeps where an act stands.
pub async fn save(conn: &mut PgConnection, run: &Run) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update operation set state = $2, refusal = $3, before = $4, after = $5, update_time = $6
         where operation_id = $1",
        run.operation_id,
        run.state.into_str(),
        run.refusal,
        run.before,
        run.after,
        run.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}
