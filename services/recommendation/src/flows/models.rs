use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_events::{Lease, append};
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::registry::{Kind, Model, State};
use crate::store::models;

/// Has a model trained; the same request gives the one it asked for.
pub async fn ask(
    ctx: &Ctx,
    kind: Kind,
    requester_id: Option<Uuid>,
    request_id: Option<Uuid>,
) -> Result<Model, Error> {
    let mut tx = ctx.database.begin().await?;
    if let (Some(requester_id), Some(request_id)) = (requester_id, request_id)
        && let Some(before) = models::find_by_request(&mut *tx, requester_id, request_id).await?
    {
        return Ok(before);
    }
    let model_id = Id::new();
    models::insert(&mut tx, model_id, kind, requester_id, request_id, ctx.clock.now()).await?;
    let model = models::get(&mut *tx, model_id).await?;
    tx.commit().await?;
    Ok(model.ok_or_else(|| Fault::bug("a model that was kept is not there"))?)
}

/// Keeps what became of a model, and what it consists of when it goes live. False when
/// another process trains by now: then nothing is kept.
pub async fn decide(ctx: &Ctx, lease: &Lease, model: &Model, bytes: &[u8]) -> Result<bool, Error> {
    let mut tx = ctx.database.begin().await?;
    if !lease.guard(&mut tx).await? {
        return Ok(false);
    }
    if model.state == State::Live {
        models::keep(&mut tx, model.model_id, bytes).await?;
    }
    models::decide(&mut tx, model).await?;
    let event = convert::trained(model, ctx.clock.now());
    append(&mut tx, model.model_id.uuid(), &event).await?;
    tx.commit().await?;
    Ok(true)
}
