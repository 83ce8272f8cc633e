use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::Id;

use crate::moderation::Decision;
use crate::review::{MemberId, Review};
use crate::rules::Rule;

pub async fn insert(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    decision: &Decision,
    request_id: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let rules: Vec<String> = decision
        .rules
        .iter()
        .map(|rule| rule.into_str().to_owned())
        .collect();
    sqlx::query!(
        "insert into decision (decision_id, review_id, state, of_appeal, rules, reason, actor_id, request_id,
             create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        decision.decision_id,
        review_id.uuid(),
        decision.state.into_str(),
        decision.of_appeal,
        &rules,
        decision.reason,
        decision.actor_id.map(Id::uuid),
        request_id,
        decision.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everything that was decided about a review, oldest first.
pub async fn list(db: impl PgExecutor<'_>, review_id: Id<Review>) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = sqlx::query!(
        "select decision_id, state, of_appeal, rules, reason, actor_id, create_time from decision
         where review_id = $1 order by create_time, decision_id",
        review_id.uuid(),
    )
    .fetch_all(db)
    .await?;
    let decision = rows.into_iter().map(|row| {
        let rule = |name: &String| stored::<Rule>("decision.rules", name);
        Ok(Decision {
            decision_id: row.decision_id,
            state: stored("decision.state", &row.state)?,
            of_appeal: row.of_appeal,
            rules: row.rules.iter().map(rule).collect::<Result<_, _>>()?,
            reason: row.reason,
            actor_id: row.actor_id.map(Id::from_uuid),
            create_time: row.create_time,
        })
    });
    decision.collect()
}

/// Whether a request of this person has decided about the review already.
pub async fn is_done(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    actor_id: MemberId,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let Some(request_id) = request_id else {
        return Ok(false);
    };
    sqlx::query_scalar!(
        r#"select exists (
             select from decision where review_id = $1 and actor_id = $2 and request_id = $3
         ) as "done!""#,
        review_id.uuid(),
        actor_id.uuid(),
        request_id,
    )
    .fetch_one(conn)
    .await
}

/// Who hid a review last.
pub async fn hidden_by(
    conn: &mut PgConnection,
    review_id: Id<Review>,
) -> Result<Option<MemberId>, sqlx::Error> {
    let actor = sqlx::query_scalar!(
        "select actor_id from decision where review_id = $1 and state = 'hidden'
         order by create_time desc, decision_id desc limit 1",
        review_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(actor.flatten().map(Id::from_uuid))
}
