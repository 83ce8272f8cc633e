//! What is written of anchors. Each write is made only while the chain's lease is held,
//! so that a process which lost it cannot undo what its successor does. Nothing is sent
//! to a node that was not written first.

use time::OffsetDateTime;
use xlcfi_events::{Lease, Tx, append};
use xlcfi_proof::anchor::Evidence;

use crate::Ctx;
use crate::anchor::{Anchor, Attempt, Pace, Receipt, Seen, State, is_due};
use crate::anchor_tx::Account;
use crate::convert;
use crate::error::Error;
use crate::store::{anchors, chains};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    #[error("another process anchors now")]
    LeaseLost,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

async fn begin(ctx: &Ctx, lease: &Lease) -> Result<Tx, Unwritten> {
    let mut tx = ctx.database.begin().await?;
    match lease.guard(&mut tx).await? {
        true => Ok(tx),
        false => Err(Unwritten::LeaseLost),
    }
}

/// Queues the log's latest checkpoint when an anchor is due, or lets the one that is
/// queued grow. None is queued while one waits for a block: what comes meanwhile goes
/// together.
pub async fn queue(
    ctx: &Ctx,
    lease: &Lease,
    chain: &str,
    pace: Pace,
    now: OffsetDateTime,
) -> Result<(), Unwritten> {
    let pool = ctx.database.pool();
    let Some((size, root)) = anchors::checkpoint(pool).await? else {
        return Ok(());
    };
    let latest = anchors::latest(pool, chain).await?;
    let under_way = anchors::under_way(pool, chain).await?;
    let queued = under_way.iter().find(|anchor| anchor.state == State::Queued);
    let grows = queued.is_some_and(|queued| queued.size < size);
    let submitted = under_way.iter().any(|anchor| anchor.state == State::Submitted);
    if !grows && (queued.is_some() || submitted || !is_due(pace, latest, size, now)) {
        return Ok(());
    }
    let before = latest.map_or(0, |(size, _)| size);
    let mut tx = begin(ctx, lease).await?;
    anchors::queue(&mut tx, chain, (size, root), size.saturating_sub(before), now).await?;
    Ok(tx.commit().await?)
}

/// Keeps what was seen of a chain.
pub async fn keep(ctx: &Ctx, lease: &Lease, seen: &Seen) -> Result<(), Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    chains::keep(&mut tx, seen).await?;
    Ok(tx.commit().await?)
}

/// Forgets a development chain that began anew.
pub async fn forget(ctx: &Ctx, lease: &Lease, chain: &str) -> Result<(), Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    chains::forget(&mut tx, chain).await?;
    Ok(tx.commit().await?)
}

/// Takes a nonce for an anchor and keeps its signed transaction. Says whether the
/// anchor still was what was signed.
pub async fn submit(
    ctx: &Ctx,
    lease: &Lease,
    anchor: &Anchor,
    nonce: u64,
    attempt: &Attempt,
) -> Result<bool, Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    if !anchors::sign(&mut tx, anchor, nonce, attempt.create_time).await? {
        return Ok(false);
    }
    anchors::insert_attempt(&mut tx, anchor, nonce, attempt).await?;
    tx.commit().await?;
    Ok(true)
}

/// Keeps another signed transaction for a nonce.
pub async fn retry(
    ctx: &Ctx,
    lease: &Lease,
    anchor: &Anchor,
    nonce: u64,
    attempt: &Attempt,
) -> Result<(), Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    anchors::insert_attempt(&mut tx, anchor, nonce, attempt).await?;
    Ok(tx.commit().await?)
}

/// Notes where an anchor is now.
pub async fn moved(
    ctx: &Ctx,
    lease: &Lease,
    anchor: &Anchor,
    state: State,
    receipt: Option<&Receipt>,
) -> Result<(), Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    anchors::move_to(&mut tx, anchor, state, receipt, None, None).await?;
    Ok(tx.commit().await?)
}

/// The anchor's block stays: it is anchored, and everybody is told.
pub async fn finalized(
    ctx: &Ctx,
    lease: &Lease,
    anchor: &Anchor,
    receipt: &Receipt,
    evidence: Option<&Evidence>,
    place: (u64, Account),
) -> Result<(), Unwritten> {
    let now = ctx.clock.now();
    let mut tx = begin(ctx, lease).await?;
    anchors::move_to(
        &mut tx,
        anchor,
        State::Finalized,
        Some(receipt),
        evidence,
        Some(now),
    )
    .await?;
    let event = convert::anchor::checkpoint_anchored(anchor, receipt, place, now);
    append(&mut tx, anchor.anchor_id.uuid(), &event).await?;
    Ok(tx.commit().await?)
}

/// The anchor's nonce went to another transaction for good.
pub async fn queue_again(ctx: &Ctx, lease: &Lease, anchor: &Anchor) -> Result<(), Unwritten> {
    let mut tx = begin(ctx, lease).await?;
    anchors::queue_again(&mut tx, anchor).await?;
    Ok(tx.commit().await?)
}

/// Lets the staff hurry what waits for a chain.
pub async fn hurry(ctx: &Ctx, chain: &str, fee_ceiling: Option<u64>) -> Result<Vec<Anchor>, Error> {
    let mut tx = ctx.database.begin().await?;
    if !anchors::hurry(&mut *tx, chain, fee_ceiling).await? {
        return Err(Error::NothingToHurry);
    }
    tx.commit().await?;
    let under_way = anchors::under_way(ctx.database.pool(), chain).await?;
    let waiting = under_way.into_iter().filter(|anchor| !anchor.state.is_in_block());
    Ok(waiting.collect())
}
