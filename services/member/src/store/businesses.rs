use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::business::Standing;
use crate::member::MemberId;
use crate::registration::RegistrationNumber;

/// A business the tax office is to be asked about.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    pub member_id: MemberId,
    pub number: RegistrationNumber,
    pub failures: i32,
}

/// Businesses to be asked about, those that wait longest first.
pub async fn due(db: impl PgExecutor<'_>, now: OffsetDateTime, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        "select member_id, registration_number, check_failures from business
         where next_check_time <= $1 order by next_check_time, member_id limit $2",
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    let due = |member_id: Uuid, number: &str, failures| -> Result<Due, sqlx::Error> {
        Ok(Due {
            member_id: member_id.into(),
            number: stored("business.registration_number", number)?,
            failures,
        })
    };
    rows.into_iter()
        .map(|row| due(row.member_id, &row.registration_number, row.check_failures))
        .collect()
}

/// What is known of a business that still has this number.
pub async fn standing(
    conn: &mut PgConnection,
    member_id: MemberId,
    number: RegistrationNumber,
) -> Result<Option<Standing>, sqlx::Error> {
    let status = sqlx::query_scalar!(
        "select status from business where member_id = $1 and registration_number = $2",
        member_id.uuid(),
        number.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    status
        .map(|status| stored("business.status", &status))
        .transpose()
}

/// Keeps what the tax office says and when it is asked next.
pub async fn set_standing(
    conn: &mut PgConnection,
    member_id: MemberId,
    standing: Standing,
    now: OffsetDateTime,
    next: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update business set status = $2, status_time = $3, next_check_time = $4, check_failures = 0
         where member_id = $1",
        member_id.uuid(),
        standing.into_str(),
        now,
        next,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks again later about a business of which nothing was said.
pub async fn postpone(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    next: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update business set next_check_time = $2, check_failures = check_failures + 1 where member_id = $1",
        member_id.uuid(),
        next,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Asks again later about everything that is due.
pub async fn postpone_all(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
    next: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update business set next_check_time = $2, check_failures = check_failures + 1
         where next_check_time <= $1",
        now,
        next,
    )
    .execute(db)
    .await?;
    Ok(())
}
