//! One try of an attempt: ask the PG, never guess, book what is found.

use xlcfi_errors::Fault;

use crate::Ctx;
use crate::attempt::{Attempt, Finding, Kind};
use crate::decline::Decline;
use crate::error::Error;
use crate::flows::{settle, told};
use crate::method::customer_key;
use crate::payment::{Payment, Reason, State};
use crate::pg::{Connector, Failure, Meaning, Means, PgPayment, PgState, Return};
use crate::refund::Refund;
use crate::store::queue::Due;
use crate::store::{methods, payments, refunds};

/// Does what is due about a payment, and gives it as it is then.
pub async fn perform(ctx: &Ctx, due: Due) -> Result<Payment, Error> {
    let pool = ctx.database.pool();
    let load = async || -> Result<Payment, Error> {
        payments::get_of_order(pool, None, due.order_id)
            .await?
            .ok_or(Error::PaymentNotFound)
    };
    let Some(attempt) = &due.attempt else {
        look_for_deposit(ctx, &load().await?).await?;
        settle::look(ctx, due.order_id).await?;
        return load().await;
    };
    go_on(ctx, &load().await?, attempt).await
}

/// Makes a try of an attempt that is booked, and gives the payment as it is then.
pub async fn go_on(ctx: &Ctx, payment: &Payment, attempt: &Attempt) -> Result<Payment, Error> {
    let pool = ctx.database.pool();
    let pg = ctx.pgs.of(attempt.provider);
    let missing = || Error::from(Fault::bug("an attempt without what it needs"));
    let finding = match attempt.kind {
        Kind::Confirm => {
            let key = payment.payment_key.as_deref().ok_or_else(missing)?;
            take(pg, attempt, payment, Means::Key(key)).await
        }
        Kind::Charge => {
            let method = payment.payment_method_id.ok_or_else(missing)?;
            match methods::billing_key(pool, payment.member_id, method).await? {
                Some(token) => take(pg, attempt, payment, Means::Token(&token)).await,
                None => declined(Decline::MethodGone, String::new()),
            }
        }
        Kind::Refund => {
            let refund_id = attempt.refund_id.ok_or_else(missing)?;
            let refund = refunds::get(pool, None, refund_id).await?.ok_or_else(missing)?;
            give_back(pg, attempt, payment, &refund).await
        }
    };
    settle::settle(ctx, payment.order_id, attempt, finding).await
}

/// A deposit is found even when no webhook tells of it.
async fn look_for_deposit(ctx: &Ctx, payment: &Payment) -> Result<(), Error> {
    let (State::AwaitingDeposit, Some(provider), Some(key)) =
        (payment.state, payment.provider, &payment.payment_key)
    else {
        return Ok(());
    };
    match ctx.pgs.of(provider).get(key).await {
        Ok(Some(pg)) => told::told(ctx, payment.order_id, provider, &pg).await.map(drop),
        Ok(None) => Ok(()),
        Err(failure) => {
            tracing::warn!(order.id = %payment.order_id, error = %failure, "the PG does not say whether a deposit came");
            Ok(())
        }
    }
}

async fn take(pg: &dyn Connector, attempt: &Attempt, payment: &Payment, means: Means<'_>) -> Finding {
    let id = attempt.attempt_id;
    let by_key = matches!(means, Means::Key(_));
    if attempt.sent {
        // What may have been done before is looked for before it is done again.
        match pg
            .look(id, means, payment)
            .await
            .map(|found| found_out(found, payment, by_key))
        {
            Ok(Some(finding)) => return finding,
            Ok(None) => {}
            Err(failure) => return unknown(&failure),
        }
    }
    // The key makes the PG do it once, however often it is asked.
    let customer = customer_key(payment.member_id);
    match pg.take(&attempt.key(), id, means, payment, &customer).await {
        Ok(taken) => answered(&taken, payment, means),
        Err(Failure::Refused {
            meaning: meaning @ (Meaning::AskFirst | Meaning::PaidOtherwise),
            code,
        }) => {
            let otherwise = meaning == Meaning::PaidOtherwise;
            let found = match otherwise {
                true => pg.of_order(payment).await,
                false => pg.look(id, means, payment).await,
            };
            match found.map(|found| found_out(found, payment, by_key && !otherwise)) {
                Ok(Some(finding)) => finding,
                Ok(None) => Finding::Unknown {
                    why: code,
                    kept: true,
                },
                Err(failure) => unknown(&failure),
            }
        }
        Err(Failure::Refused {
            meaning: Meaning::WrongKey,
            code,
        }) => Finding::WrongKey { code },
        Err(Failure::Refused {
            meaning: Meaning::Declined(decline),
            code,
        }) => declined(decline, code),
        Err(Failure::Refused { code, .. }) => declined(Decline::Refused, code),
        Err(Failure::NotSent(why)) => Finding::NotSent { why: why.to_string() },
        Err(failure @ Failure::Unknown(_)) => unknown(&failure),
    }
}

fn declined(decline: Decline, code: String) -> Finding {
    let reason = match decline {
        Decline::MethodGone => Reason::MethodNotFound,
        _ => Reason::Declined,
    };
    Finding::Declined {
        reason,
        decline,
        code,
    }
}

fn unknown(failure: &Failure) -> Finding {
    Finding::Unknown {
        why: failure.to_string(),
        kept: failure.is_kept(),
    }
}

/// What the PG's answer to what it was asked is.
fn answered(pg: &PgPayment, payment: &Payment, means: Means<'_>) -> Finding {
    let what = match (pg.difference(payment), means) {
        (Some(what), _) => what,
        (None, Means::Key(key)) if key != pg.key => "payment key",
        (None, _) => {
            let why = format!("state {:?}", pg.state);
            let by_key = matches!(means, Means::Key(_));
            return found_out(Some(pg.clone()), payment, by_key)
                .unwrap_or(Finding::Unknown { why, kept: false });
        }
    };
    Finding::Conflict {
        what: what.to_owned(),
    }
}

/// What the PG did; `None` when it did nothing so far.
fn found_out(found: Option<PgPayment>, payment: &Payment, by_key: bool) -> Option<Finding> {
    let pg = found?;
    let what = match (pg.difference(payment), pg.state) {
        // The buyer gave the key of something else; that is none of this payment.
        (Some("order id"), _) if by_key => {
            return Some(Finding::WrongKey {
                code: "order id".into(),
            });
        }
        (None, PgState::Captured) => return Some(Finding::Captured(pg)),
        (None, PgState::AwaitingDeposit) if by_key => match pg.deposit {
            Some(deposit) => {
                return Some(Finding::DepositAwaited {
                    payment_key: pg.key,
                    deposit,
                });
            }
            None => "a deposit without an account".to_owned(),
        },
        (_, PgState::Open | PgState::Authorized) => return None,
        // By the order, the PG may show what the buyer tried in the widget meanwhile:
        // only the answer to the charge itself says that it was refused.
        (_, PgState::Aborted | PgState::Expired | PgState::Returned) if !by_key => return None,
        (_, PgState::Aborted) => return Some(declined(Decline::Refused, "ABORTED".into())),
        (_, PgState::Expired) => {
            return Some(Finding::WrongKey {
                code: "EXPIRED".into(),
            });
        }
        (_, PgState::Returned) if pg.balance == 0 => {
            return Some(Finding::Declined {
                reason: Reason::Cancelled,
                decline: Decline::Abandoned,
                code: "CANCELED".into(),
            });
        }
        (Some(what), _) => what.to_owned(),
        (None, state) => format!("state {state:?}"),
    };
    Some(Finding::Conflict { what })
}

async fn give_back(pg: &dyn Connector, attempt: &Attempt, payment: &Payment, refund: &Refund) -> Finding {
    let missing = Finding::Conflict {
        what: "no payment key".into(),
    };
    let Some(key) = payment.payment_key.as_deref() else {
        return missing;
    };
    let balance = payment.pg_balance();
    let after = balance - refund.amount.minor;
    if attempt.sent {
        match pg.get(key).await {
            Ok(Some(now)) if is_left(&now, payment, after) => return Finding::Refunded,
            Ok(_) => {}
            Err(failure) => return unknown(&failure),
        }
    }
    let back = Return {
        amount: refund.amount.minor,
        tax_exempt: refund.tax_exempt.minor,
        balance,
        reason: &refund.reason,
        account: refund.account.as_ref(),
    };
    match pg.give_back(&attempt.key(), key, &back).await {
        Ok(now) if is_left(&now, payment, after) => Finding::Refunded,
        Ok(now) => Finding::Conflict {
            what: format!("{} left after a refund, not {after}", now.balance),
        },
        Err(Failure::Refused {
            meaning: Meaning::AskFirst,
            code,
        }) => match pg.get(key).await {
            Ok(Some(now)) if is_left(&now, payment, after) => Finding::Refunded,
            Ok(_) => Finding::RefundRefused { code },
            Err(failure) => unknown(&failure),
        },
        Err(Failure::Refused { code, .. }) => Finding::RefundRefused { code },
        Err(Failure::NotSent(why)) => Finding::NotSent { why: why.to_string() },
        Err(failure @ Failure::Unknown(_)) => unknown(&failure),
    }
}

/// Whether the PG has given back all but so much.
fn is_left(pg: &PgPayment, payment: &Payment, balance: i64) -> bool {
    pg.difference(payment).is_none() && pg.balance == balance && pg.state == PgState::Returned
}
