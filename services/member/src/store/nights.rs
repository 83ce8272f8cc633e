use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::grade::Grade;
use crate::member::MemberId;

/// Whether the work of a day is done.
pub async fn is_done(db: impl PgExecutor<'_>, day: Date) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from night where day >= $1) as "done!""#,
        day
    )
    .fetch_one(db)
    .await
}

pub async fn insert(db: impl PgExecutor<'_>, day: Date) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into night (day) values ($1) on conflict (day) do nothing",
        day
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A member, its grade, and what its purchases since a time come to.
pub struct Purchased {
    pub member_id: MemberId,
    pub grade: Grade,
    pub won: i64,
}

/// Members after one, with what they purchased.
pub async fn purchased(
    db: impl PgExecutor<'_>,
    after: Uuid,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Purchased>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.member_id, m.grade, (
                 select coalesce(sum(p.paid_won), 0)::bigint from purchase p
                 where p.member_id = m.member_id and p.state <> 'cancelled' and p.order_time >= $2
             ) as "won!"
         from member m where m.member_id > $1 and m.withdraw_time is null order by m.member_id limit $3"#,
        after,
        since,
        limit,
    )
    .fetch_all(db)
    .await?;
    let purchased = |member_id: Uuid, grade: &str, won| -> Result<Purchased, sqlx::Error> {
        Ok(Purchased {
            member_id: member_id.into(),
            grade: stored("member.grade", grade)?,
            won,
        })
    };
    rows.into_iter()
        .map(|row| purchased(row.member_id, &row.grade, row.won))
        .collect()
}

/// What the purchases of one member since a time come to.
pub async fn purchased_by(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    since: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(paid_won), 0)::bigint as "won!" from purchase
         where member_id = $1 and state <> 'cancelled' and order_time >= $2"#,
        member_id.uuid(),
        since,
    )
    .fetch_one(db)
    .await
}

/// Keeps a grade.
pub async fn set_grade(
    conn: &mut PgConnection,
    member_id: MemberId,
    grade: Grade,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update member set grade = $2, grade_time = $3 where member_id = $1",
        member_id.uuid(),
        grade.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
