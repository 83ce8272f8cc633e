//! Each write: load, pure move, store, messages, in one transaction.

pub mod confirm;
pub mod facts;
pub mod methods;
pub mod saga;
pub mod settle;

use sqlx::PgConnection;
use xlcfi_contracts::payment::v1::{
    CancelPaymentResult, PaymentCaptured, PaymentFailed, PaymentPending, PaymentPrepared, PaymentRefunded,
    TakePaymentResult,
};
use xlcfi_contracts::saga::v1::Refusal;
use xlcfi_events::append;
use xlcfi_saga::{Answer, answer, any};

use crate::Ctx;
use crate::attempt::{Attempt, Kind};
use crate::convert::{payment_message, timestamp};
use crate::error::Error;
use crate::payment::{Input, Payment, Reason, State, Wish};
use crate::store::payments::{Held, Next};
use crate::store::{attempts, payments};

/// Makes the payment of an order, unless there is one.
async fn prepare(ctx: &Ctx, conn: &mut PgConnection, wish: &Wish) -> Result<(), Error> {
    let now = ctx.clock.now();
    let payment = Payment::prepared(wish, now);
    if payments::insert(conn, &payment).await? {
        let event = PaymentPrepared {
            payment: Some(payment_message(&payment)),
            time: Some(timestamp(now)),
        };
        append(conn, payment.order_id.uuid(), &event).await?;
    }
    Ok(())
}

/// Tells what a payment that was `before` has come to: the events, the answers
/// owed to its saga. A cancel that had to wait is begun. Says what is next.
async fn conclude(ctx: &Ctx, conn: &mut PgConnection, held: &mut Held, before: State) -> Result<Next, Error> {
    if held.payment.state != before {
        publish(ctx, conn, &held.payment).await?;
    }
    if held.payment.state == State::Captured {
        answer_take(conn, held).await?;
    }
    let waits_or_is_paid = matches!(
        held.payment.state,
        State::Prepared | State::AwaitingBuyer | State::Captured
    );
    if held.cancel.is_some() && waits_or_is_paid {
        let now = ctx.clock.now();
        held.payment.advance(Input::Cancel, None, now)?;
        publish(ctx, conn, &held.payment).await?;
        if held.payment.state == State::Refunding {
            let attempt = Attempt::new(Kind::Refund);
            attempts::insert(conn, held.payment.payment_id, &attempt, now).await?;
            held.attempt = Some(attempt);
        }
    }
    Ok(match held.payment.state {
        State::Prepared | State::Captured | State::Conflicted => Next::Never,
        State::AwaitingBuyer => Next::WhenDue,
        State::Pending | State::Refunding => Next::Now,
        State::Failed | State::Cancelled | State::Refunded => {
            answer_take(conn, held).await?;
            if let Some(command) = held.cancel.take() {
                answer(conn, &command, Answer::Done(any(&CancelPaymentResult {}))).await?;
            }
            Next::Never
        }
    })
}

async fn answer_take(conn: &mut PgConnection, held: &mut Held) -> Result<(), Error> {
    let Some(command) = held.take.take() else {
        return Ok(());
    };
    let said = match held.payment.failure {
        None => Answer::Done(any(&TakePaymentResult {
            payment_id: held.payment.payment_id.to_string(),
        })),
        Some(reason) => Answer::Refused(refusal(reason)),
    };
    answer(conn, &command, said).await?;
    Ok(())
}

fn refusal(reason: Reason) -> Refusal {
    Refusal {
        reason: reason.into_str().into(),
        message: reason.sentence().into(),
        ..Refusal::default()
    }
}

/// The event of the state a payment has come to, where there is one.
async fn publish(ctx: &Ctx, conn: &mut PgConnection, payment: &Payment) -> Result<(), Error> {
    let (key, time) = (payment.order_id.uuid(), Some(timestamp(ctx.clock.now())));
    let message = Some(payment_message(payment));
    match payment.state {
        State::Captured => {
            append(
                conn,
                key,
                &PaymentCaptured {
                    payment: message,
                    time,
                },
            )
            .await?
        }
        State::Failed | State::Cancelled => {
            append(
                conn,
                key,
                &PaymentFailed {
                    payment: message,
                    time,
                },
            )
            .await?
        }
        State::Refunded => {
            append(
                conn,
                key,
                &PaymentRefunded {
                    payment: message,
                    time,
                },
            )
            .await?
        }
        State::Prepared | State::AwaitingBuyer | State::Pending | State::Refunding | State::Conflicted => {}
    }
    Ok(())
}

/// The PG gave no answer for the first time.
async fn publish_pending(ctx: &Ctx, conn: &mut PgConnection, payment: &Payment) -> Result<(), Error> {
    let time = Some(timestamp(ctx.clock.now()));
    let event = PaymentPending {
        payment: Some(payment_message(payment)),
        time,
    };
    append(conn, payment.order_id.uuid(), &event).await?;
    Ok(())
}
