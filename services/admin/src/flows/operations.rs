//! Acts of staff: written down before the owner is asked, and after it answered.

use serde_json::json;
use sqlx::PgConnection;

use super::audit;
use crate::Ctx;
use crate::audit::Note;
use crate::error::Error;
use crate::operation::{Act, Answer, Run, State};
use crate::permission::Operation;
use crate::store::operations;

/// Does what is asked for, by its owner.
pub async fn run(ctx: &Ctx, act: &Act) -> Result<Run, Error> {
    if !act.operation.permission().of(&act.user) {
        return Err(Error::PermissionMissing);
    }
    let (mut run, goes_on) = begin(ctx, act).await?;
    if !goes_on {
        return Ok(run);
    }
    let answer = ctx.peers.run(act).await;
    match &answer {
        Ok(Answer::Done { before, after }) => {
            run.state = State::Done;
            run.before.clone_from(before);
            run.after.clone_from(after);
        }
        Ok(Answer::Refused(reason)) => {
            run.state = State::Refused;
            run.refusal.clone_from(reason);
        }
        Err(_) => run.state = State::Lost,
    }
    run.update_time = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    operations::save(&mut tx, &run).await?;
    write(ctx, &mut tx, act, &run).await?;
    tx.commit().await?;
    answer.map(|_| run)
}

/// Keeps that an act begins. False with one that has ended before.
async fn begin(ctx: &Ctx, act: &Act) -> Result<(Run, bool), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let mut run = Run::new(act, now);
    if !operations::insert(&mut tx, act, &run).await? {
        let earlier = match act.request_id {
            Some(id) => operations::lock_by_request(&mut tx, act.user.id.uuid(), id).await?,
            None => None,
        };
        run = earlier.ok_or(Error::OperationRunning)?;
        if !run.is_of(act) {
            return Err(Error::RequestIdUsed);
        }
        if matches!(run.state, State::Done | State::Refused) {
            return Ok((run, false));
        }
        if !run.may_be_repeated(now) {
            return Err(Error::OperationRunning);
        }
        run.state = State::Begun;
        run.update_time = now;
        operations::save(&mut tx, &run).await?;
    }
    write(ctx, &mut tx, act, &run).await?;
    tx.commit().await?;
    Ok((run, true))
}

async fn write(ctx: &Ctx, conn: &mut PgConnection, act: &Act, run: &Run) -> Result<(), Error> {
    let (_, subject_kind, name) = act.operation.rule();
    let mut told = json!({"operationId": run.operation_id});
    match run.state {
        State::Begun => {
            if act.version > 0 {
                told["version"] = json!(act.version);
                told["decision"] = match act.operation {
                    Operation::DecideRefund => json!(act.refund_decision.as_str_name()),
                    _ => json!(if act.publish { "publish" } else { "hide" }),
                };
            }
        }
        State::Refused => told["refusal"] = json!(run.refusal),
        State::Done | State::Lost => {}
    }
    if let (State::Done, Ok(after)) = (run.state, serde_json::from_str::<serde_json::Value>(&run.after)) {
        told["now"] = after;
    }
    let note = Note {
        actor: act.user.id.to_string(),
        action: format!("{name}.{}", run.state.into_str()),
        subject_kind: subject_kind.into(),
        subject_id: act.subject_id.to_string(),
        before: run.before.clone(),
        after: told.to_string(),
        reason: act.reason.clone(),
    };
    Ok(audit::write(conn, note, ctx.clock.now()).await?)
}
