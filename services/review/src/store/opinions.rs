//! What other members think of a review. Its row is locked by who writes here.

use sqlx::{PgConnection, PgExecutor};
use xlcfi_errors::stored;
use xlcfi_types::Id;

use crate::review::{MemberId, Report, Review};

/// Most reports shown.
const MOST_REPORTS: i64 = 100;

/// Counts a member's vote, once. How many there are.
pub async fn vote(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    member_id: MemberId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "with fresh as (
             insert into helpful_vote (review_id, member_id) values ($1, $2) on conflict do nothing returning 1
         )
         update review set helpful = helpful + (select count(*) from fresh) where review_id = $1 returning helpful",
        review_id.uuid(),
        member_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Takes a member's vote back. How many are left.
pub async fn unvote(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    member_id: MemberId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "with gone as (delete from helpful_vote where review_id = $1 and member_id = $2 returning 1)
         update review set helpful = helpful - (select count(*) from gone) where review_id = $1 returning helpful",
        review_id.uuid(),
        member_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Keeps a member's report; false when there is one already.
pub async fn report(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    member_id: MemberId,
    report: &Report,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into report (review_id, member_id, kind, text, create_time) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        review_id.uuid(),
        member_id.uuid(),
        report.kind.into_str(),
        report.text,
        report.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Reports since the last decision, oldest first.
pub async fn reports(db: impl PgExecutor<'_>, review_id: Id<Review>) -> Result<Vec<Report>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, text, create_time from report where review_id = $1 and not decided
         order by create_time, member_id limit $2",
        review_id.uuid(),
        MOST_REPORTS,
    )
    .fetch_all(db)
    .await?;
    let report = rows.into_iter().map(|row| {
        Ok(Report {
            kind: stored("report.kind", &row.kind)?,
            text: row.text,
            create_time: row.create_time,
        })
    });
    report.collect()
}

/// A person has looked at them.
pub async fn settle_reports(conn: &mut PgConnection, review_id: Id<Review>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update report set decided = true where review_id = $1 and not decided",
        review_id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}
