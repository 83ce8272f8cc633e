//! Money that is given back: asked for, decided about, begun.

use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::{PrepareRefundResult, RefundDecided, RefundHeld, RefundSucceeded};
use xlcfi_errors::Invalid;
use xlcfi_events::append;
use xlcfi_saga::{Answer, Refusal, any};
use xlcfi_types::Id;

use super::{conclude, credit};
use crate::Ctx;
use crate::attempt::{Attempt, Kind};
use crate::books;
use crate::convert::{Asked, payment_message, refund_message, timestamp};
use crate::error::Error;
use crate::line::{self, Part};
use crate::payment::State;
use crate::refund::{self, By, Decision, Refund, Review};
use crate::store::payments::{Held, Next};
use crate::store::{attempts, ledger, payments, refunds};

/// Asks for a refund of parts of an order.
pub async fn create(ctx: &Ctx, asked: Asked, request_id: Option<Uuid>) -> Result<Refund, Error> {
    let mut tx = ctx.database.begin().await?;
    let held = payments::lock(&mut tx, None, asked.order_id).await?;
    let mut held = held.ok_or(Error::PaymentNotFound)?;
    if let Some(request_id) = request_id
        && let Some(refund) = refunds::find_by_request(&mut *tx, request_id).await?
    {
        return Ok(refund);
    }
    if held.payment.state != State::Captured || held.cancel.is_some() {
        return Err(Error::NotRefundable);
    }
    let mut refund = booked(ctx, &mut held, asked.parts, &asked.reason)?;
    refund.account = asked.account;
    hold_if_needed(ctx, &held, &mut refund);
    refunds::insert(&mut tx, request_id, &refund).await?;
    if refund.state == refund::State::Review {
        tell_held(ctx, &mut tx, &refund).await?;
    }
    credit_at_once(ctx, &mut tx, &mut held, &mut refund).await?;
    let next = conclude(ctx, &mut tx, &mut held, State::Captured).await?;
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    ctx.wake.notify_one();
    Ok(refund)
}

/// Prepares a refund of recalled goods, for somebody to approve: of each line what is
/// asked for, at most what is left of it.
pub async fn prepare(ctx: &Ctx, conn: &mut PgConnection, asked: Asked) -> Result<Answer, Error> {
    let refused = |reason: &str| {
        Ok(Answer::Refused(Refusal {
            reason: reason.to_owned(),
            ..Refusal::default()
        }))
    };
    let Some(mut held) = payments::lock(conn, None, asked.order_id).await? else {
        return refused("PAYMENT_NOT_FOUND");
    };
    if held.payment.state != State::Captured || held.cancel.is_some() {
        return refused("PAYMENT_NOT_REFUNDABLE");
    }
    let left = line::rest(&held.payment.lines);
    let parts = line::at_most(&asked.parts, &left);
    if parts.is_empty() {
        return refused("REFUND_ABOVE_BALANCE");
    }
    let mut refund = booked(ctx, &mut held, parts, &asked.reason)?;
    refund.hold(Review::Recalled, ctx.clock.now());
    refunds::insert(conn, None, &refund).await?;
    tell_held(ctx, conn, &refund).await?;
    let next = conclude(ctx, conn, &mut held, State::Captured).await?;
    payments::save(conn, &held, next).await?;
    let refund_id = refund.refund_id.to_string();
    Ok(Answer::Done(any(&PrepareRefundResult { refund_id })))
}

/// On account, no PG has to be asked: a refund that waits for nobody is done.
async fn credit_at_once(
    ctx: &Ctx,
    conn: &mut PgConnection,
    held: &mut Held,
    refund: &mut Refund,
) -> Result<(), Error> {
    if held.payment.on_account && refund.state == refund::State::Pending {
        succeed(ctx, conn, held, refund, By::Pg, "").await?;
        refunds::save(conn, refund).await?;
    }
    Ok(())
}

/// Decides about a refund in review.
pub async fn decide(
    ctx: &Ctx,
    refund_id: Id<Refund>,
    version: i64,
    decision: Decision,
    note: &str,
) -> Result<Refund, Error> {
    let seen = refunds::get(ctx.database.pool(), None, refund_id).await?;
    let seen = seen.ok_or(Error::RefundNotFound)?;
    let mut tx = ctx.database.begin().await?;
    let held = payments::lock(&mut tx, None, seen.order_id).await?;
    let mut held = held.ok_or(Error::PaymentNotFound)?;
    let refund = refunds::get(&mut *tx, None, refund_id).await?;
    let mut refund = refund.ok_or(Error::RefundNotFound)?;
    if refund.version != version {
        return Err(Error::RefundChanged);
    }
    if refund.state != refund::State::Review {
        return Err(Error::NotInReview);
    }
    let (now, before) = (ctx.clock.now(), held.payment.state);
    match decision {
        Decision::Approve { account } => {
            refund.approve(note, account, now);
            if needs_account(&held, &refund) {
                return Err(Error::AccountNeeded);
            }
        }
        // The money of an undone order is not ours.
        Decision::Reject if before == State::Refunding => return Err(Error::NotRejectable),
        Decision::Reject => {
            line::keep(&mut held.payment.lines, &refund.parts);
            refund.end(refund::State::Rejected, note, now);
        }
        Decision::PaidByHand if held.payment.on_account => {
            return Err(
                Invalid::field("decision", "it is on account; approve it, and it is credited").into(),
            );
        }
        Decision::PaidByHand => succeed(ctx, &mut tx, &mut held, &mut refund, By::Hand, note).await?,
    }
    refunds::save(&mut tx, &refund).await?;
    let decided = RefundDecided {
        refund: Some(refund_message(&refund)),
        time: Some(timestamp(now)),
    };
    append(&mut tx, refund.order_id.uuid(), &decided).await?;
    credit_at_once(ctx, &mut tx, &mut held, &mut refund).await?;
    let next = conclude(ctx, &mut tx, &mut held, before).await?;
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    ctx.wake.notify_one();
    Ok(refund)
}

/// A refund of parts, booked in the payment's lines.
fn booked(ctx: &Ctx, held: &mut Held, parts: Vec<Part>, reason: &str) -> Result<Refund, Error> {
    let now = ctx.clock.now();
    let sums = line::give_back(&mut held.payment.lines, &parts)?;
    held.payment.touch(now);
    Ok(Refund::new(&held.payment, parts, sums, reason, now))
}

fn needs_account(held: &Held, refund: &Refund) -> bool {
    held.payment.deposit.is_some() && refund.account.is_none()
}

fn hold_if_needed(ctx: &Ctx, held: &Held, refund: &mut Refund) {
    let now = ctx.clock.now();
    if needs_account(held, refund) {
        refund.hold(Review::AccountNeeded, now);
    } else if !refund.of_undone && ctx.refund_limit.is_some_and(|limit| refund.amount.minor > limit) {
        refund.hold(Review::AboveLimit, now);
    }
}

/// The order is undone: all that is left goes back.
pub async fn all_that_is_left(ctx: &Ctx, conn: &mut PgConnection, held: &mut Held) -> Result<(), Error> {
    let left = line::rest(&held.payment.lines);
    if left.is_empty() {
        return Ok(());
    }
    let reason = held.payment.cancel_reason.clone();
    let mut refund = booked(ctx, held, left, &reason)?;
    refund.of_undone = true;
    hold_if_needed(ctx, held, &mut refund);
    refunds::insert(conn, None, &refund).await?;
    if refund.state == refund::State::Review {
        tell_held(ctx, conn, &refund).await?;
    }
    credit_at_once(ctx, conn, held, &mut refund).await
}

/// Begins the next refund of a payment, one after the other. Says what is next.
pub async fn begin_next(ctx: &Ctx, conn: &mut PgConnection, held: &mut Held) -> Result<Next, Error> {
    if held.attempt.is_some() {
        return Ok(Next::Same);
    }
    let nothing_asked = held.payment.lines.iter().all(|line| line.refunded == 0);
    let refund = match nothing_asked {
        true => None,
        false => refunds::next(&mut *conn, held.payment.payment_id).await?,
    };
    let Some((refund, provider)) = refund.zip(held.payment.provider) else {
        return Ok(Next::Never);
    };
    let attempt = Attempt {
        refund_id: Some(refund.refund_id),
        failures: refund.refusals,
        ..Attempt::new(Kind::Refund, provider)
    };
    attempts::insert(conn, held.payment.payment_id, &attempt, ctx.clock.now()).await?;
    held.attempt = Some(attempt);
    Ok(match refund.refusals {
        0 => Next::Now,
        refusals => Next::After(ctx.limits.pending_wait(refusals)),
    })
}

/// The money of a refund went back. The refund is not saved.
pub async fn succeed(
    ctx: &Ctx,
    conn: &mut PgConnection,
    held: &mut Held,
    refund: &mut Refund,
    by: By,
    note: &str,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    refund.end(refund::State::Succeeded, note, now);
    held.payment.give_back(refund.amount.minor, by, now)?;
    if let Some(provider) = held.payment.provider {
        let entry = books::refunded(held.payment.payment_id, refund.amount.minor, refund.refund_id, by);
        ledger::insert(conn, Some(provider), &[entry], now).await?;
    }
    if held.payment.on_account {
        credit::give_back(ctx, conn, &held.payment, refund).await?;
    }
    let event = RefundSucceeded {
        refund: Some(refund_message(refund)),
        payment: Some(payment_message(&held.payment)),
        time: Some(timestamp(now)),
    };
    append(conn, held.payment.order_id.uuid(), &event).await?;
    Ok(())
}

/// Somebody has to look at a refund.
pub async fn tell_held(ctx: &Ctx, conn: &mut PgConnection, refund: &Refund) -> Result<(), Error> {
    let why = refund.review.map_or("", |review| review.into_str());
    tracing::error!(
        order.id = %refund.order_id, refund.id = %refund.refund_id, why, code = refund.code,
        "a refund waits for somebody's decision (DecideRefund)"
    );
    let event = RefundHeld {
        refund: Some(refund_message(refund)),
        time: Some(timestamp(ctx.clock.now())),
    };
    append(conn, refund.order_id.uuid(), &event).await?;
    Ok(())
}

/// The PG gave back what nobody asked of us for: it is booked, from the first line on.
pub async fn adopt(ctx: &Ctx, conn: &mut PgConnection, held: &mut Held, amount: i64) -> Result<(), Error> {
    let parts = line::spread(&held.payment.lines, amount);
    let mut refund = booked(ctx, held, parts, "PG에서 환불")?;
    succeed(ctx, conn, held, &mut refund, By::Pg, "made at the PG, past us").await?;
    refunds::insert(conn, None, &refund).await?;
    tracing::error!(
        order.id = %held.payment.order_id, amount,
        "the PG gave money back that was not asked of us; it is booked"
    );
    Ok(())
}
