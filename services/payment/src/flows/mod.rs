//! Each write: load, pure move, store, messages, in one transaction.

pub mod checkout;
pub mod confirm;
pub mod credit;
pub mod deposits;
pub mod facts;
pub mod methods;
pub mod reconcile;
pub mod refunds;
pub mod saga;
pub mod settle;
pub mod statement;
pub mod told;
pub mod webhooks;

use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::{Instant, sleep};
use xlcfi_contracts::payment::v1::{
    CancelPaymentResult, PaymentCaptured, PaymentConflicted, PaymentDepositAwaited, PaymentFailed,
    PaymentPending, PaymentPrepared, PaymentRefunded, TakePaymentResult,
};
use xlcfi_contracts::saga::v1::Refusal;
use xlcfi_events::append;
use xlcfi_saga::{Answer, answer, any};

use crate::Ctx;
use crate::books;
use crate::convert::{payment_message, timestamp};
use crate::error::Error;
use crate::payment::{Input, Payment, Reason, State, Wish};
use crate::pg::PgPayment;
use crate::store::payments::{Held, Next};
use crate::store::{checkouts, ledger, payments};

/// Longest a buyer's call waits for the order's command to take its payment.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks; ever longer, as the command mostly comes within milliseconds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// Looks until there is something: a buyer who was told that the order awaits its
/// payment may be faster than the command that asks for it.
async fn when_ready<T, F>(look: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    let deadline = Instant::now() + PATIENCE;
    let mut pause = SHORTEST_PAUSE;
    loop {
        match look().await? {
            Some(ready) => return Ok(ready),
            None if Instant::now() < deadline => sleep(pause).await,
            None => return Err(Error::NotReady),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

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
/// owed to its saga. A cancel that had to wait is begun, and the next refund. Says
/// what is next.
async fn conclude(ctx: &Ctx, conn: &mut PgConnection, held: &mut Held, before: State) -> Result<Next, Error> {
    if held.payment.state != before {
        publish(ctx, conn, &held.payment).await?;
    }
    if held.payment.state == State::Captured {
        answer_take(conn, held).await?;
    }
    let undoable = matches!(
        held.payment.state,
        State::Prepared | State::AwaitingBuyer | State::AwaitingDeposit | State::Captured
    );
    if held.cancel.is_some() && undoable && held.attempt.is_none() {
        let was = held.payment.state;
        held.payment.advance(Input::Cancel, None, ctx.clock.now())?;
        publish(ctx, conn, &held.payment).await?;
        if was == State::Captured {
            refunds::all_that_is_left(ctx, conn, held).await?;
            if held.payment.state == State::Refunded {
                publish(ctx, conn, &held.payment).await?;
            }
        }
    }
    let next = match held.payment.state {
        State::Prepared | State::Conflicted => Next::Never,
        State::AwaitingBuyer => Next::WhenDue,
        State::AwaitingDeposit => Next::After(ctx.limits.deposit_wait),
        State::Pending => Next::Now,
        State::Captured | State::Refunding => refunds::begin_next(ctx, conn, held).await?,
        State::Failed | State::Cancelled | State::Refunded => {
            answer_take(conn, held).await?;
            if let Some(command) = held.cancel.take() {
                answer(conn, &command, Answer::Done(any(&CancelPaymentResult {}))).await?;
            }
            Next::Never
        }
    };
    if held.payment.state != before && held.has_checkout {
        close_the_rest(conn, &held.payment).await?;
    }
    Ok(next)
}

/// Has closed what nobody is to pay by any more.
async fn close_the_rest(conn: &mut PgConnection, payment: &Payment) -> Result<(), Error> {
    let paid_by = match payment.state {
        State::Captured => payment.payment_key.as_deref(),
        State::Failed | State::Cancelled => None,
        _ => return Ok(()),
    };
    checkouts::close(conn, payment.payment_id, paid_by).await?;
    Ok(())
}

async fn answer_take(conn: &mut PgConnection, held: &mut Held) -> Result<(), Error> {
    let Some(command) = held.take.take() else {
        return Ok(());
    };
    let said = match held.payment.failure {
        None => Answer::Done(any(&TakePaymentResult {
            payment_id: held.payment.payment_id.to_string(),
        })),
        Some(reason) => Answer::Refused(refusal(reason, held.payment.sentences().0)),
    };
    answer(conn, &command, said).await?;
    Ok(())
}

fn refusal(reason: Reason, sentence: &str) -> Refusal {
    Refusal {
        reason: reason.into_str().into(),
        message: sentence.into(),
        ..Refusal::default()
    }
}

/// The event of the state a payment has come to, where there is one.
async fn publish(ctx: &Ctx, conn: &mut PgConnection, payment: &Payment) -> Result<(), Error> {
    let (key, time) = (payment.order_id.uuid(), Some(timestamp(ctx.clock.now())));
    let payment_message = Some(payment_message(payment));
    match payment.state {
        State::Captured => {
            let event = PaymentCaptured {
                payment: payment_message,
                time,
            };
            append(conn, key, &event).await?;
        }
        State::AwaitingDeposit => {
            let event = PaymentDepositAwaited {
                payment: payment_message,
                time,
            };
            append(conn, key, &event).await?;
        }
        State::Failed | State::Cancelled => {
            let event = PaymentFailed {
                payment: payment_message,
                time,
            };
            append(conn, key, &event).await?;
        }
        State::Refunded => {
            let event = PaymentRefunded {
                payment: payment_message,
                time,
            };
            append(conn, key, &event).await?;
        }
        State::Prepared | State::AwaitingBuyer | State::Pending | State::Refunding | State::Conflicted => {}
    }
    Ok(())
}

async fn publish_pending(ctx: &Ctx, conn: &mut PgConnection, payment: &Payment) -> Result<(), Error> {
    let event = PaymentPending {
        payment: Some(payment_message(payment)),
        time: Some(timestamp(ctx.clock.now())),
    };
    append(conn, payment.order_id.uuid(), &event).await?;
    Ok(())
}

/// The PG has the money.
async fn captured(
    ctx: &Ctx,
    conn: &mut PgConnection,
    payment: &mut Payment,
    input: Input,
    pg: PgPayment,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    payment.advance(input, None, now)?;
    payment.payment_key = Some(pg.key);
    payment.receipt_url = pg.receipt_url;
    let entries = books::captured(payment.payment_id, payment.amount.minor);
    ledger::insert(conn, payment.provider, &entries, now).await?;
    Ok(())
}

/// The PG and we differ: told to everybody, and an alarm.
async fn conflict(
    ctx: &Ctx,
    conn: &mut PgConnection,
    payment: &mut Payment,
    what: &str,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    payment.advance(Input::Conflict, None, now)?;
    metrics::counter!("payment.conflicts").increment(1);
    tracing::error!(order.id = %payment.order_id, what, "the PG says something else than was asked of it");
    let event = PaymentConflicted {
        payment: Some(payment_message(payment)),
        difference: what.to_owned(),
        time: Some(timestamp(now)),
    };
    append(conn, payment.order_id.uuid(), &event).await?;
    Ok(())
}
