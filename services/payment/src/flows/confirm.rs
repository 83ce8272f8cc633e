//! The buyer confirms what was authorised in the PG's widget.

use std::time::Duration;

use tracing::Instrument as _;
use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use super::when_ready;
use crate::attempt::{Attempt, Kind, Progress};
use crate::convert::Confirmation;
use crate::decline::Decline;
use crate::error::Error;
use crate::payment::{Input, Payment, Reason, State};
use crate::pg::timed;
use crate::store::payments::Next;
use crate::store::{attempts, payments};
use crate::{Ctx, work};

/// Captures the payment, or says how it stands: a key that was confirmed before
/// gives the same payment again. Says, too, how long the PG took.
pub async fn confirm(
    ctx: &Ctx,
    owner: Id<Member>,
    confirmation: Confirmation,
) -> Result<(Payment, Duration), Error> {
    let mut asking = Duration::ZERO;
    let payment = match when_ready(|| begin(ctx, owner, &confirmation)).await? {
        Begun::Before(payment) => *payment,
        Begun::Now(payment, attempt) => {
            // A caller that goes away does not stop what was begun with the PG.
            let ctx = ctx.clone();
            let work = async move { timed(work::go_on(&ctx, &payment, &attempt)).await };
            let (payment, waited) = tokio::spawn(work.in_current_span()).await.map_err(Fault::bug)?;
            asking = waited;
            payment?
        }
    };
    match (payment.state, payment.failure) {
        (State::Failed, Some(Reason::Expired)) => Err(Error::Expired),
        (State::Failed, _) => Err(Error::Declined(payment.decline.unwrap_or(Decline::Refused))),
        (State::AwaitingBuyer, _) => Err(payment.decline.map_or(Error::NotConfirmable, Error::Declined)),
        (State::Prepared | State::Cancelled, _) => Err(Error::NotConfirmable),
        _ => Ok((payment, asking)),
    }
}

/// Most times a buyer tries to pay an order: nobody tries cards out here.
const MOST_TRIES: i64 = 10;

enum Begun {
    Now(Box<Payment>, Attempt),
    Before(Box<Payment>),
}

/// Books the intent to ask the PG; the worker takes over if this process ends.
/// `None` before the order asks for the payment.
async fn begin(ctx: &Ctx, owner: Id<Member>, confirmation: &Confirmation) -> Result<Option<Begun>, Error> {
    let Confirmation {
        order_id,
        provider,
        payment_key,
        amount,
    } = confirmation;
    let mut tx = ctx.database.begin().await?;
    let held = payments::lock(&mut tx, Some(owner), *order_id).await?;
    let mut held = held.ok_or(Error::PaymentNotFound)?;
    if held.payment.amount != *amount {
        return Err(Error::AmountMismatch);
    }
    match held.payment.state {
        State::Prepared => return Ok(None),
        State::AwaitingBuyer | State::Pending if held.overdue && held.is_free() => {
            return Err(Error::Expired);
        }
        State::AwaitingBuyer => {}
        // What another PG was certainly not asked is given up for this one.
        State::Pending if held.is_free() && held.payment.payment_key.as_deref() != Some(payment_key) => {}
        _ if held.payment.payment_key.as_deref() == Some(payment_key) => {
            return Ok(Some(Begun::Before(Box::new(held.payment))));
        }
        State::Failed if held.payment.failure == Some(Reason::Expired) => return Err(Error::Expired),
        _ => return Err(Error::NotConfirmable),
    }
    let now = ctx.clock.now();
    if held.confirmations >= MOST_TRIES {
        return Err(Error::TooManyAttempts);
    }
    if let Some(unasked) = held.attempt.take() {
        attempts::set_state(&mut tx, &unasked, Progress::Dropped, "", now).await?;
        held.payment.advance(Input::Release, None, now)?;
    }
    held.payment.advance(Input::Try, None, now)?;
    held.payment.provider = Some(*provider);
    held.payment.payment_key = Some(payment_key.clone());
    let attempt = Attempt {
        tries: 1,
        ..Attempt::new(Kind::Confirm, *provider)
    };
    attempts::insert(&mut tx, held.payment.payment_id, &attempt, now).await?;
    payments::save(&mut tx, &held, Next::Leased(ctx.lease())).await?;
    tx.commit().await?;
    Ok(Some(Begun::Now(Box::new(held.payment), attempt)))
}
