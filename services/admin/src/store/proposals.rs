use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Page};

use crate::acting::Acting;
use crate::proposal::{Part, Proposal, State};

struct Row {
    proposal_id: Uuid,
    kind: String,
    state: String,
    subject_id: Uuid,
    role: String,
    lines: Json<Vec<Part>>,
    points: i64,
    reason: String,
    proposed_by: Uuid,
    executor: Option<Json<Acting>>,
    decided_by: Option<Uuid>,
    decision_reason: String,
    outcome: String,
    create_time: OffsetDateTime,
    expire_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Proposal {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            proposal_id: row.proposal_id.into(),
            kind: stored("proposal.kind", &row.kind)?,
            state: stored("proposal.state", &row.state)?,
            subject_id: row.subject_id,
            role: Role::from_str_name(&row.role),
            parts: row.lines.0,
            points: row.points,
            reason: row.reason,
            proposed_by: row.proposed_by.into(),
            executor: row.executor.map(|executor| executor.0),
            decided_by: row.decided_by.map(Id::from),
            decision_reason: row.decision_reason,
            outcome: row.outcome,
            create_time: row.create_time,
            expire_time: row.expire_time,
            update_time: row.update_time,
        })
    }
}

/// False when the request made one before.
pub async fn insert(
    conn: &mut PgConnection,
    proposal: &Proposal,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let inserted =
        sqlx::query!(
        "insert into proposal (proposal_id, request_id, kind, state, subject_id, role, lines, amount, reason,
             proposed_by, executor, create_time, expire_time, update_time, points)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, $14)
         on conflict on constraint proposal_request_id_key do nothing",
        proposal.proposal_id.uuid(),
        request_id,
        proposal.kind.into_str(),
        proposal.state.into_str(),
        proposal.subject_id,
        proposal.role.map_or("", |role| role.as_str_name()),
        serde_json::json!(proposal.parts),
        proposal.amount(),
        proposal.reason,
        proposal.proposed_by.uuid(),
        proposal.executor.as_ref().map(|executor| serde_json::json!(executor)),
        proposal.create_time,
        proposal.expire_time,
        proposal.points,
    )
        .execute(conn)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    proposed_by: Uuid,
    request_id: Uuid,
) -> Result<Option<Id<Proposal>>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select proposal_id from proposal where proposed_by = $1 and request_id = $2",
        proposed_by,
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(Id::from))
}

pub async fn get(db: impl PgExecutor<'_>, id: Id<Proposal>) -> Result<Option<Proposal>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select proposal_id, kind, state, subject_id, role, lines as "lines: Json<Vec<Part>>", points, reason,
             proposed_by, executor as "executor: Json<Acting>", decided_by, decision_reason, outcome, create_time, expire_time,
             update_time
         from proposal where proposal_id = $1"#,
        id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Proposal::try_from).transpose()
}

/// A proposal, with others that want to change it made to wait.
pub async fn lock(conn: &mut PgConnection, id: Id<Proposal>) -> Result<Option<Proposal>, sqlx::Error> {
    sqlx::query!(
        "select proposal_id from proposal where proposal_id = $1 for update",
        id.uuid()
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, id).await
}

/// Keeps where a locked proposal stands.
pub async fn save(conn: &mut PgConnection, proposal: &Proposal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update proposal set state = $2, executor = $3, decided_by = $4, decision_reason = $5, outcome = $6,
             update_time = $7
         where proposal_id = $1",
        proposal.proposal_id.uuid(),
        proposal.state.into_str(),
        proposal
            .executor
            .as_ref()
            .map(|executor| serde_json::json!(executor)),
        proposal.decided_by.map(Id::uuid),
        proposal.decision_reason,
        proposal.outcome,
        proposal.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first; one more than the page.
pub async fn list(
    db: impl PgExecutor<'_>,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Proposal>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"select proposal_id, kind, state, subject_id, role, lines as "lines: Json<Vec<Part>>", points, reason,
             proposed_by, executor as "executor: Json<Acting>", decided_by, decision_reason, outcome, create_time, expire_time,
             update_time
         from proposal where (create_time, proposal_id) < ($1, $2) and ($3::text is null or state = $3)
         order by create_time desc, proposal_id desc limit $4"#,
        time,
        id,
        state.map(|state| state.into_str()),
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Proposal::try_from).collect()
}

/// Those that were approved before `before` and are not done.
pub async fn approved(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
) -> Result<Vec<Id<Proposal>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select proposal_id from proposal where state = 'approved' and update_time <= $1 limit 100",
        before,
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(Id::from).collect())
}

/// Those nobody decided about in time.
pub async fn overdue(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Id<Proposal>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select proposal_id from proposal where state = 'pending' and expire_time <= $1 limit 100",
        now,
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(Id::from).collect())
}
