//! Proposals: made, decided, done, forgotten. Each step is audited with its change.

use serde_json::json;
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;
use xlcfi_identity::User;
use xlcfi_types::Id;

use super::audit;
use crate::Ctx;
use crate::audit::Note;
use crate::error::Error;
use crate::operation::Answer;
use crate::proposal::{Kind, Proposal, State};
use crate::store::proposals;

/// The name admin has where nobody acts.
const ADMIN: &str = "admin";

/// How long an approved proposal is left to who approved it.
const HAND_OVER: Duration = Duration::seconds(30);

/// Keeps a proposal. One that needs nobody else is done at once.
pub async fn propose(
    ctx: &Ctx,
    by: &User,
    mut proposal: Proposal,
    request_id: Option<Uuid>,
) -> Result<Proposal, Error> {
    proposal.approve_small(by, ctx.config.four_eyes_above);
    let mut tx = ctx.database.begin().await?;
    if !proposals::insert(&mut tx, &proposal, request_id).await? {
        let earlier = match request_id {
            Some(id) => proposals::find_by_request(&mut *tx, by.id.uuid(), id).await?,
            None => None,
        };
        let id = earlier.ok_or(Error::ProposalNotFound)?;
        return get(ctx, id).await;
    }
    write(
        ctx,
        &mut tx,
        &proposal,
        "proposed",
        &by.id.to_string(),
        &proposal.reason,
    )
    .await?;
    tx.commit().await?;
    if proposal.state == State::Approved {
        return execute(ctx, proposal.proposal_id).await;
    }
    Ok(proposal)
}

/// Somebody decides about a proposal.
pub async fn decide(
    ctx: &Ctx,
    by: &User,
    id: Id<Proposal>,
    approve: bool,
    reason: &str,
) -> Result<Proposal, Error> {
    let mut tx = ctx.database.begin().await?;
    let found = proposals::lock(&mut tx, id).await?;
    let mut proposal = found.ok_or(Error::ProposalNotFound)?;
    let told_before = proposal.decided_by == Some(by.id)
        && approve == !matches!(proposal.state, State::Rejected)
        && proposal.state != State::Pending;
    if told_before {
        return Ok(proposal);
    }
    proposal.decide(by, approve, reason, ctx.clock.now())?;
    proposals::save(&mut tx, &proposal).await?;
    let what = proposal.state.into_str();
    write(ctx, &mut tx, &proposal, what, &by.id.to_string(), reason).await?;
    tx.commit().await?;
    match proposal.state {
        // It is approved, whether its owner answers now or later.
        State::Approved => match execute(ctx, id).await {
            Err(Error::OwnerUnavailable(_)) => get(ctx, id).await,
            done => done,
        },
        _ => Ok(proposal),
    }
}

/// Does what was approved. Its id is what the owner knows the request by, so that it
/// is done once.
pub async fn execute(ctx: &Ctx, id: Id<Proposal>) -> Result<Proposal, Error> {
    let proposal = get(ctx, id).await?;
    let (State::Approved, Some(executor)) = (proposal.state, &proposal.executor) else {
        return Ok(proposal);
    };
    let answer = ctx.peers.execute(&proposal, &executor.user()).await?;
    let mut tx = ctx.database.begin().await?;
    let found = proposals::lock(&mut tx, id).await?;
    let mut proposal = found.ok_or(Error::ProposalNotFound)?;
    if proposal.state != State::Approved {
        return Ok(proposal);
    }
    let subject_before;
    (proposal.state, proposal.outcome, subject_before) = match answer {
        Answer::Done { before, after } => (State::Executed, after, before),
        Answer::Refused(reason) => (State::Failed, reason, String::new()),
    };
    proposal.update_time = ctx.clock.now();
    proposals::save(&mut tx, &proposal).await?;
    let actor = proposal.decided_by.unwrap_or(proposal.proposed_by).to_string();
    let reason = proposal.decision_reason.clone();
    let note = note(&proposal, proposal.state.into_str(), &actor, &reason);
    let note = Note {
        before: subject_before,
        ..note
    };
    audit::write(&mut tx, note, proposal.update_time).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// Does what was approved and not done, and ends what nobody decided about.
pub async fn sweep(ctx: &Ctx) -> Result<(), Error> {
    let (pool, now) = (ctx.database.pool(), ctx.clock.now());
    for id in proposals::overdue(pool, now).await? {
        let mut tx = ctx.database.begin().await?;
        let found = proposals::lock(&mut tx, id).await?;
        let Some(mut proposal) = found.filter(|found| found.state == State::Pending) else {
            continue;
        };
        proposal.state = State::Expired;
        proposal.update_time = now;
        proposals::save(&mut tx, &proposal).await?;
        write(ctx, &mut tx, &proposal, "expired", ADMIN, "").await?;
        tx.commit().await?;
    }
    for id in proposals::approved(pool, now - HAND_OVER).await? {
        match execute(ctx, id).await {
            Ok(_) | Err(Error::OwnerUnavailable(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A proposal.
pub async fn get(ctx: &Ctx, id: Id<Proposal>) -> Result<Proposal, Error> {
    let found = proposals::get(ctx.database.pool(), id).await?;
    found.ok_or(Error::ProposalNotFound)
}

async fn write(
    ctx: &Ctx,
    conn: &mut PgConnection,
    proposal: &Proposal,
    what: &str,
    actor: &str,
    reason: &str,
) -> Result<(), Error> {
    Ok(audit::write(conn, note(proposal, what, actor, reason), ctx.clock.now()).await?)
}

fn note(proposal: &Proposal, what: &str, actor: &str, reason: &str) -> Note {
    let (subject_kind, name) = proposal.kind.names();
    let mut after =
        json!({"proposalId": proposal.proposal_id.to_string(), "state": proposal.state.into_str()});
    match proposal.kind {
        Kind::Refund => {
            after["lines"] = json!(proposal.parts);
            after["won"] = json!(proposal.amount());
        }
        Kind::CorrectPoints => after["points"] = json!(proposal.points),
        Kind::GrantRole | Kind::RevokeRole => {
            after["role"] = json!(proposal.role.map_or("", |role| role.as_str_name()));
        }
    }
    if !proposal.outcome.is_empty() {
        after["outcome"] = json!(proposal.outcome);
    }
    Note {
        actor: actor.to_owned(),
        action: format!("{name}.{what}"),
        subject_kind: subject_kind.into(),
        subject_id: proposal.subject_id.to_string(),
        before: String::new(),
        after: after.to_string(),
        reason: reason.to_owned(),
    }
}
