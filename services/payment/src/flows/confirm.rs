//! The buyer confirms what was authorised in the PG's widget.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::Instrument as _;
use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::attempt::{Attempt, Kind, Progress};
use crate::convert::Confirmation;
use crate::decline::Decline;
use crate::error::Error;
use crate::payment::{Input, Payment, Reason, State};
use crate::pg::timed;
use crate::store::payments::Next;
use crate::store::queue::Due;
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
    let payment = match begin_when_ready(ctx, owner, &confirmation).await? {
        Begun::Early => return Err(Error::NotReady),
        Begun::Before(payment) => *payment,
        Begun::Now(due) => {
            // A caller that goes away does not stop what was begun with the PG.
            let ctx = ctx.clone();
            let work = async move { timed(work::perform(&ctx, due)).await };
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

/// Longest a confirmation waits for the order's command to take the payment.
const PATIENCE: Duration = Duration::from_secs(3);

enum Begun {
    /// The order has not asked for the payment yet.
    Early,
    Now(Due),
    Before(Box<Payment>),
}

/// Begins as soon as the order asks for the payment: a buyer who was told that
/// the order awaits payment may be faster than the message that asks for it.
async fn begin_when_ready(ctx: &Ctx, owner: Id<Member>, confirmation: &Confirmation) -> Result<Begun, Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match begin(ctx, owner, confirmation).await? {
            Begun::Early if Instant::now() < deadline => sleep(Duration::from_millis(20)).await,
            begun => return Ok(begun),
        }
    }
}

/// Books the intent to ask the PG; the worker takes over if this process ends.
async fn begin(ctx: &Ctx, owner: Id<Member>, confirmation: &Confirmation) -> Result<Begun, Error> {
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
        State::Prepared => return Ok(Begun::Early),
        State::AwaitingBuyer | State::Pending if held.overdue && held.is_free() => {
            return Err(Error::Expired);
        }
        State::AwaitingBuyer => {}
        // What another PG was certainly not asked is given up for this one.
        State::Pending if held.is_free() && held.payment.payment_key.as_deref() != Some(payment_key) => {}
        _ if held.payment.payment_key.as_deref() == Some(payment_key) => {
            return Ok(Begun::Before(Box::new(held.payment)));
        }
        State::Failed if held.payment.failure == Some(Reason::Expired) => return Err(Error::Expired),
        _ => return Err(Error::NotConfirmable),
    }
    let now = ctx.clock.now();
    if attempts::confirmations(&mut *tx, held.payment.payment_id).await? >= MOST_TRIES {
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
    Ok(Begun::Now(Due {
        order_id: *order_id,
        attempt: Some(attempt),
    }))
}
