//! What the PG said is booked.

use sqlx::PgConnection;
use xlcfi_types::Id;

use super::{conclude, publish_pending};
use crate::Ctx;
use crate::attempt::{Attempt, Finding, Kind, Progress};
use crate::error::Error;
use crate::payment::{Input, Order, Payment, Reason, State};
use crate::store::payments::{Held, Next};
use crate::store::{attempts, payments};

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
    let order_id = held.payment.order_id;
    let (input, failure, progress, code) = match finding {
        Finding::Captured {
            payment_key,
            receipt_url,
        } => {
            held.payment.payment_key = Some(payment_key);
            held.payment.receipt_url = receipt_url;
            (Input::Capture, None, Progress::Succeeded, String::new())
        }
        Finding::Declined { reason, code } => (Input::Decline, Some(reason), Progress::Refused, code),
        Finding::WrongKey { code } if attempt.kind == Kind::Confirm => {
            (Input::Release, None, Progress::Refused, code)
        }
        Finding::WrongKey { code } => (Input::Decline, Some(Reason::Declined), Progress::Refused, code),
        Finding::Refunded => (Input::Refund, None, Progress::Succeeded, String::new()),
        Finding::Conflict { what } => {
            tracing::error!(order.id = %order_id, what, "the PG says something else than was asked of it");
            (Input::Conflict, None, Progress::Conflicted, what)
        }
        Finding::RefundRefused { code } => {
            tracing::error!(order.id = %order_id, code, "the PG refuses a refund; it is asked again under a new key");
            attempts::set_state(conn, &attempt, Progress::Refused, &code, now).await?;
            let failures = attempt.failures + 1;
            let again = Attempt {
                failures,
                ..Attempt::new(Kind::Refund)
            };
            attempts::insert(conn, held.payment.payment_id, &again, now).await?;
            return Ok(Next::After(ctx.limits.pending_wait(failures)));
        }
        Finding::NotSent { why } => {
            return unanswered(ctx, conn, held, attempt, Progress::Waiting, why).await;
        }
        Finding::Unknown { why } => return unanswered(ctx, conn, held, attempt, Progress::Sent, why).await,
    };
    attempts::set_state(conn, &attempt, progress, &code, now).await?;
    held.attempt = None;
    held.payment.advance(input, failure, now)?;
    if input == Input::Release && held.overdue && held.cancel.is_none() {
        // There is no time left for another key.
        held.payment.advance(Input::Expire, Some(Reason::Expired), now)?;
    }
    conclude(ctx, conn, held, before).await
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
    let progress = if attempt.sent { Progress::Sent } else { progress };
    if held.cancel.is_some() && before == State::Pending && progress == Progress::Waiting {
        attempts::set_state(conn, &attempt, Progress::Dropped, &why, now).await?;
        held.attempt = None;
        held.payment.advance(Input::Cancel, None, now)?;
        return conclude(ctx, conn, held, before).await;
    }
    let failures = attempt.failures + 1;
    let kind = attempt.kind.into_str();
    if failures < ALARM {
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
        (State::AwaitingBuyer, _) => true,
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
    } else {
        Next::Never
    };
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    Ok(())
}
