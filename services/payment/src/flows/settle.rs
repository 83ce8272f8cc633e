//! What the PG said is booked.

use sqlx::PgConnection;
use xlcfi_errors::Fault;
use xlcfi_types::Id;

use super::{captured, conclude, conflict, publish_pending, refunds};
use crate::Ctx;
use crate::attempt::{Attempt, Finding, Kind, Progress};
use crate::error::Error;
use crate::payment::{Input, Order, Payment, Reason, State};
use crate::refund::{By, Refund};
use crate::store::payments::{Held, Next};
use crate::store::refunds as stored_refunds;
use crate::store::{attempts, checkouts, payments};

/// From so many times without an answer on, somebody should look.
const ALARM: i32 = 5;

/// Books what was found out by a try of an attempt.
pub async fn settle(
    ctx: &Ctx,
    order_id: Id<Order>,
    attempt: &Attempt,
    finding: Finding,
) -> Result<Payment, Error> {
    let mut tx = ctx.database.begin().await?;
    let held = payments::lock(&mut tx, None, order_id).await?;
    let mut held = held.ok_or(Error::PaymentNotFound)?;
    let open = held
        .attempt
        .as_ref()
        .filter(|open| open.attempt_id == attempt.attempt_id);
    let says_something = !matches!(finding, Finding::NotSent { .. } | Finding::Unknown { .. });
    // Somebody else has ended it, or is at it and will say more.
    let Some(open) = open.filter(|open| says_something || open.tries == attempt.tries) else {
        return Ok(held.payment);
    };
    let attempt = Attempt {
        sent: attempt.sent,
        ..open.clone()
    };
    let next = book(ctx, &mut tx, &mut held, attempt, finding).await?;
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    if next == Next::Now {
        ctx.wake.notify_one();
    }
    Ok(held.payment)
}

async fn book(
    ctx: &Ctx,
    conn: &mut PgConnection,
    held: &mut Held,
    attempt: Attempt,
    finding: Finding,
) -> Result<Next, Error> {
    let (now, before) = (ctx.clock.now(), held.payment.state);
    let (progress, code) = match finding {
        Finding::Captured(pg) => {
            captured(ctx, conn, &mut held.payment, Input::Capture, pg).await?;
            (Progress::Succeeded, String::new())
        }
        Finding::DepositAwaited { payment_key, deposit } => {
            checkouts::insert(conn, held.payment.payment_id, attempt.provider, &payment_key, now).await?;
            held.payment.payment_key = Some(payment_key);
            held.payment.deposit = Some(deposit);
            held.payment.advance(Input::Deposit, None, now)?;
            (Progress::Succeeded, String::new())
        }
        Finding::Declined {
            reason,
            decline,
            code,
        } => {
            // A buyer who is there may pay otherwise; a stored method was the only one.
            let again = attempt.kind == Kind::Confirm && reason == Reason::Declined && may_try_again(held);
            let input = if again { Input::Release } else { Input::Decline };
            held.payment.advance(input, Some(reason), now)?;
            held.payment.decline = Some(decline);
            (Progress::Refused, code)
        }
        Finding::WrongKey { code } if attempt.kind == Kind::Confirm => {
            held.payment.advance(Input::Release, None, now)?;
            if !may_try_again(held) && held.cancel.is_none() {
                // There is no time left for another key.
                held.payment.advance(Input::Expire, Some(Reason::Expired), now)?;
            }
            (Progress::Refused, code)
        }
        Finding::WrongKey { code } => {
            held.payment
                .advance(Input::Decline, Some(Reason::Declined), now)?;
            (Progress::Refused, code)
        }
        Finding::Refunded => {
            let mut refund = refund_of(conn, &attempt).await?;
            refunds::succeed(ctx, conn, held, &mut refund, By::Pg, "").await?;
            stored_refunds::save(conn, &refund).await?;
            (Progress::Succeeded, String::new())
        }
        Finding::RefundRefused { code } => {
            let mut refund = refund_of(conn, &attempt).await?;
            if refund.refused(&code, now) {
                tracing::error!(order.id = %held.payment.order_id, code, "the PG refuses a refund; it is asked again under a new key");
            } else {
                refunds::tell_held(ctx, conn, &refund).await?;
            }
            stored_refunds::save(conn, &refund).await?;
            (Progress::Refused, code)
        }
        Finding::Conflict { what } => {
            conflict(ctx, conn, &mut held.payment, &what).await?;
            (Progress::Conflicted, what)
        }
        Finding::NotSent { why } => {
            return unanswered(ctx, conn, held, attempt, Progress::Waiting, why).await;
        }
        Finding::Unknown { why, kept } => {
            let attempt = Attempt {
                keys_used: attempt.keys_used + i32::from(kept),
                ..attempt
            };
            return unanswered(ctx, conn, held, attempt, Progress::Sent, why).await;
        }
    };
    attempts::set_state(conn, &attempt, progress, &code, now).await?;
    held.attempt = None;
    conclude(ctx, conn, held, before).await
}

fn may_try_again(held: &Held) -> bool {
    !held.overdue && held.cancel.is_none()
}

/// The refund an attempt is for.
async fn refund_of(conn: &mut PgConnection, attempt: &Attempt) -> Result<Refund, Error> {
    let missing = || Error::from(Fault::bug("an attempt to refund without its refund"));
    let refund_id = attempt.refund_id.ok_or_else(missing)?;
    stored_refunds::get(conn, None, refund_id)
        .await?
        .ok_or_else(missing)
}

/// The PG gave no answer: it is asked later.
async fn unanswered(
    ctx: &Ctx,
    conn: &mut PgConnection,
    held: &mut Held,
    attempt: Attempt,
    progress: Progress,
    why: String,
) -> Result<Next, Error> {
    let (now, before) = (ctx.clock.now(), held.payment.state);
    let asked = progress == Progress::Sent;
    let progress = if attempt.sent { Progress::Sent } else { progress };
    if held.cancel.is_some() && before == State::Pending && progress == Progress::Waiting {
        attempts::set_state(conn, &attempt, Progress::Dropped, &why, now).await?;
        held.attempt = None;
        held.payment.advance(Input::Cancel, None, now)?;
        return conclude(ctx, conn, held, before).await;
    }
    let failures = attempt.failures + 1;
    let kind = attempt.kind.into_str();
    if !asked {
        // What stands in the way says so itself, once for all payments.
        tracing::info!(order.id = %held.payment.order_id, attempt = kind, failures, why, "the PG was not asked");
    } else if failures < ALARM {
        tracing::warn!(order.id = %held.payment.order_id, attempt = kind, failures, why, "no answer of the PG");
    } else {
        tracing::error!(order.id = %held.payment.order_id, attempt = kind, failures, why, "still no answer of the PG");
    }
    if failures == 1 && before == State::Pending {
        publish_pending(ctx, conn, &held.payment).await?;
    }
    let attempt = Attempt { failures, ..attempt };
    attempts::set_state(conn, &attempt, progress, &why, now).await?;
    Ok(Next::After(ctx.limits.pending_wait(failures)))
}

/// Does what is due where nothing is to be asked of the PG: ends what was not
/// paid in time.
pub async fn look(ctx: &Ctx, order_id: Id<Order>) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    let Some(mut held) = payments::lock(&mut tx, None, order_id).await? else {
        return Ok(());
    };
    let (now, before) = (ctx.clock.now(), held.payment.state);
    let unasked = match (before, &held.attempt) {
        (State::AwaitingBuyer | State::AwaitingDeposit, _) => true,
        (State::Pending, Some(attempt)) => !attempt.sent,
        _ => false,
    };
    let next = if held.overdue && unasked {
        if let Some(attempt) = held.attempt.take() {
            attempts::set_state(&mut tx, &attempt, Progress::Dropped, "", now).await?;
        }
        held.payment.advance(Input::Expire, Some(Reason::Expired), now)?;
        conclude(ctx, &mut tx, &mut held, before).await?
    } else if held.attempt.is_some() {
        Next::Now
    } else if before == State::AwaitingBuyer {
        Next::WhenDue
    } else if before == State::AwaitingDeposit {
        Next::After(ctx.limits.deposit_wait)
    } else {
        Next::Never
    };
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    Ok(())
}
