//! What happened on a member's account, for statements.

use sqlx::PgExecutor;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::line::{Line, Part};

/// An order on account, or a refund of one.
#[derive(Debug)]
pub struct Moved {
    pub order_id: Uuid,
    pub time: OffsetDateTime,
    pub lines: Json<Vec<Line>>,
    /// What of the lines was given back; none for the order itself.
    pub parts: Option<Json<Vec<Part>>>,
}

/// Money of the member that came.
#[derive(Debug)]
pub struct Came {
    pub time: OffsetDateTime,
    pub depositor: String,
    pub amount: i64,
}

/// What a member owed at a time; below zero when it had paid more.
pub async fn balance(
    db: impl PgExecutor<'_>,
    owner: Id<Member>,
    at: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (
             (select coalesce(sum(amount), 0) from receivable where member_id = $1 and create_time < $2)
             - (select coalesce(sum(f.amount), 0) from refund f join receivable r using (payment_id)
                 where r.member_id = $1 and f.state = 'succeeded' and f.update_time < $2)
             - (select coalesce(sum(amount), 0) from deposit where member_id = $1 and book_time < $2)
         )::bigint as "balance!""#,
        owner.uuid(),
        at,
    )
    .fetch_one(db)
    .await
}

/// Orders and refunds from `start` until before `end`, oldest first.
pub async fn moved(
    db: impl PgExecutor<'_>,
    owner: Id<Member>,
    (start, end): (OffsetDateTime, OffsetDateTime),
) -> Result<Vec<Moved>, sqlx::Error> {
    sqlx::query_as!(
        Moved,
        r#"select p.order_id as "order_id!", r.create_time as "time!", p.lines as "lines!: Json<Vec<Line>>",
             null::jsonb as "parts: Json<Vec<Part>>"
         from receivable r join payment p using (payment_id)
         where r.member_id = $1 and r.create_time >= $2 and r.create_time < $3
         union all
         select p.order_id, f.update_time, p.lines, f.parts
         from refund f join receivable r using (payment_id) join payment p using (payment_id)
         where r.member_id = $1 and f.state = 'succeeded' and f.update_time >= $2 and f.update_time < $3
         order by 2, 1"#,
        owner.uuid(),
        start,
        end,
    )
    .fetch_all(db)
    .await
}

/// Deposits that became the member's from `start` until before `end`, oldest first.
pub async fn came(
    db: impl PgExecutor<'_>,
    owner: Id<Member>,
    (start, end): (OffsetDateTime, OffsetDateTime),
) -> Result<Vec<Came>, sqlx::Error> {
    sqlx::query_as!(
        Came,
        r#"select book_time as "time!", depositor, amount from deposit
         where member_id = $1 and book_time >= $2 and book_time < $3 order by book_time, deposit_id"#,
        owner.uuid(),
        start,
        end,
    )
    .fetch_all(db)
    .await
}
