//! What a PG says of a payment nobody is asking it about: by a webhook, at a recheck,
//! in its daily list.

use sqlx::PgConnection;

use super::{captured, conclude, conflict, refunds};
use crate::Ctx;
use crate::attempt::{Attempt, Kind};
use crate::error::Error;
use crate::payment::{Input, Order, Payment, Reason, State};
use crate::pg::{PgPayment, PgState, Provider};
use crate::store::payments::{Held, Next};
use crate::store::{attempts, payments};
use xlcfi_types::Id;

/// What it came to, for whoever wants to know later.
pub type Outcome = &'static str;

/// Takes in how the PG has the payment of an order.
pub async fn told(
    ctx: &Ctx,
    order_id: Id<Order>,
    provider: Provider,
    pg: &PgPayment,
) -> Result<(Outcome, Payment), Error> {
    let mut tx = ctx.database.begin().await?;
    let held = payments::lock(&mut tx, None, order_id).await?;
    let mut held = held.ok_or(Error::PaymentNotFound)?;
    let before = held.payment.clone();
    let outcome = take_in(ctx, &mut tx, &mut held, provider, pg).await?;
    let next = match (&held.attempt, held.payment == before) {
        // Whoever is at it asks the PG anew.
        (Some(_), true) => Next::Now,
        (None, true) => Next::Same,
        (_, false) => conclude(ctx, &mut tx, &mut held, before.state).await?,
    };
    payments::save(&mut tx, &held, next).await?;
    tx.commit().await?;
    ctx.wake.notify_one();
    Ok((outcome, held.payment))
}

async fn take_in(
    ctx: &Ctx,
    conn: &mut PgConnection,
    held: &mut Held,
    provider: Provider,
    pg: &PgPayment,
) -> Result<Outcome, Error> {
    let now = ctx.clock.now();
    let payment = &mut held.payment;
    let ours = payment.provider == Some(provider) && payment.payment_key.as_deref() == Some(&pg.key);
    if held.attempt.is_some() {
        return Ok("it is being asked about");
    }
    let kept = payment.pg_balance();
    match (payment.state, pg.state, pg.difference(payment)) {
        (State::AwaitingBuyer, PgState::Authorized, None) if !held.overdue => {
            payment.advance(Input::Try, None, now)?;
            payment.provider = Some(provider);
            payment.payment_key = Some(pg.key.clone());
            let attempt = Attempt::new(Kind::Confirm, provider);
            attempts::insert(conn, payment.payment_id, &attempt, now).await?;
            held.attempt = Some(attempt);
            Ok("the buyer authorised it")
        }
        (State::AwaitingDeposit, PgState::Captured, None) if ours => {
            captured(ctx, conn, payment, Input::Capture, pg.clone()).await?;
            Ok("the deposit came")
        }
        (State::AwaitingDeposit, PgState::Expired | PgState::Returned | PgState::Aborted, _) if ours => {
            payment.advance(Input::Expire, Some(Reason::Expired), now)?;
            Ok("the account was closed")
        }
        (State::AwaitingDeposit | State::Captured, _, Some(what)) if ours => {
            conflict(ctx, conn, payment, what).await?;
            Ok("it differs")
        }
        (State::Failed | State::Cancelled, PgState::Captured, None) if ours => {
            captured(ctx, conn, payment, Input::CaptureLate, pg.clone()).await?;
            refunds::all_that_is_left(ctx, conn, held).await?;
            Ok("the money came too late")
        }
        (State::Conflicted, PgState::Captured, None) if ours && (kept == 0 || kept == pg.balance) => {
            captured(ctx, conn, payment, Input::Capture, pg.clone()).await?;
            Ok("the conflict is settled")
        }
        (State::Captured | State::Refunding, PgState::Returned, None) if ours && pg.balance < kept => {
            refunds::adopt(ctx, conn, held, kept - pg.balance).await?;
            Ok("the PG gave money back by itself")
        }
        _ => Ok("nothing new"),
    }
}

/// Asks the PG how a payment stands that is in conflict with it.
pub async fn recheck(ctx: &Ctx, payment_id: Id<Payment>) -> Result<Payment, Error> {
    let found = payments::get(ctx.database.pool(), None, payment_id).await?;
    let payment = found.ok_or(Error::PaymentNotFound)?;
    if payment.state != State::Conflicted {
        return Err(Error::NotConflicted);
    }
    let (Some(provider), Some(key)) = (payment.provider, &payment.payment_key) else {
        return Ok(payment);
    };
    let pg = ctx.pgs.of(provider).get(key).await;
    match pg.map_err(|_| Error::PgUnavailable)? {
        Some(pg) => Ok(told(ctx, payment.order_id, provider, &pg).await?.1),
        None => Ok(payment),
    }
}
