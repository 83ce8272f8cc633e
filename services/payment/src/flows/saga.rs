//! What the order's saga asks for.

use sqlx::PgConnection;
use xlcfi_contracts::payment::v1::{CancelPaymentResult, TakePaymentResult};
use xlcfi_contracts::saga::v1::Command;
use xlcfi_errors::Fault;
use xlcfi_saga::{Answer, any};
use xlcfi_types::Id;

use super::{conclude, credit, prepare, refusal};
use crate::Ctx;
use crate::attempt::{Attempt, Kind, Progress};
use crate::error::Error;
use crate::payment::{Input, Order, Reason, State, Wish};
use crate::store::payments::Next;
use crate::store::{attempts, methods, payments};

/// The PG takes no longer reason.
const LONGEST_REASON: usize = 200;

/// Charges the stored method, lets the buyer confirm until it is due, or lets a
/// business buyer owe it.
pub async fn take(
    ctx: &Ctx,
    conn: &mut PgConnection,
    command: &Command,
    wish: &Wish,
) -> Result<Answer, Error> {
    let kept_at = match wish.payment_method_id {
        None => None,
        Some(method) => match methods::hold(conn, wish.member_id, method).await? {
            Some(provider) => Some(provider),
            None => {
                let gone = Reason::MethodNotFound;
                return Ok(Answer::Refused(refusal(gone, gone.sentences().0)));
            }
        },
    };
    prepare(ctx, conn, wish).await?;
    let held = payments::lock(conn, None, wish.order_id).await?;
    let mut held = held.ok_or_else(|| Fault::bug("the payment just prepared is gone"))?;
    if held.payment.member_id != wish.member_id {
        return Err(Fault::bug("the order is another member's").into());
    }
    match held.payment.state {
        State::Prepared => {}
        State::AwaitingBuyer | State::Pending | State::AwaitingDeposit | State::Conflicted => {
            return Err(Fault::bug("the order's money is being taken already").into());
        }
        State::Captured => {
            let payment_id = held.payment.payment_id.to_string();
            return Ok(Answer::Done(any(&TakePaymentResult { payment_id })));
        }
        State::Failed | State::Cancelled | State::Refunding | State::Refunded => {
            let why = held.payment.failure.unwrap_or(Reason::Cancelled);
            return Ok(Answer::Refused(refusal(why, held.payment.sentences().0)));
        }
    }
    let now = ctx.clock.now();
    let input = if kept_at.is_some() || wish.on_account {
        Input::Try
    } else {
        Input::Await
    };
    held.payment.ask_for(wish);
    held.payment.advance(input, None, now)?;
    held.take = Some(command.clone());
    if wish.on_account {
        credit::charge(ctx, conn, &mut held.payment).await?;
    }
    if let Some(provider) = kept_at {
        held.payment.provider = Some(provider);
        let attempt = Attempt::new(Kind::Charge, provider);
        attempts::insert(conn, held.payment.payment_id, &attempt, now).await?;
        held.attempt = Some(attempt);
    }
    let next = conclude(ctx, conn, &mut held, State::Prepared).await?;
    payments::save(conn, &held, next).await?;
    ctx.wake.notify_one();
    Ok(Answer::Later)
}

/// Sees that nothing is kept of an order's money. What may be with the PG is
/// found out first; the answer comes when it is known and given back.
pub async fn cancel(
    ctx: &Ctx,
    conn: &mut PgConnection,
    command: &Command,
    order_id: Id<Order>,
    reason: &str,
) -> Result<Answer, Error> {
    let Some(mut held) = payments::lock(conn, None, order_id).await? else {
        return Ok(Answer::Done(any(&CancelPaymentResult {})));
    };
    let before = held.payment.state;
    held.payment.cancel_reason = match reason.trim() {
        "" => "주문 취소".into(),
        reason => reason.chars().take(LONGEST_REASON).collect(),
    };
    held.cancel = Some(command.clone());
    let next = match (before, &held.attempt) {
        (State::Pending, Some(attempt)) if !attempt.sent => {
            let now = ctx.clock.now();
            attempts::set_state(conn, attempt, Progress::Dropped, "", now).await?;
            held.attempt = None;
            held.payment.advance(Input::Cancel, None, now)?;
            conclude(ctx, conn, &mut held, before).await?
        }
        (State::Pending | State::Refunding, _) | (State::Captured, Some(_)) => Next::Same,
        (State::Conflicted, _) => {
            tracing::error!(
                order.id = %order_id,
                "the payment to cancel is in conflict with the PG; settle it there, then skip the saga's step"
            );
            Next::Never
        }
        _ => conclude(ctx, conn, &mut held, before).await?,
    };
    payments::save(conn, &held, next).await?;
    ctx.wake.notify_one();
    Ok(Answer::Later)
}
