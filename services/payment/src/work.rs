//! One try of an attempt: ask the PG, never guess, book what is found.

use xlcfi_errors::Fault;

use crate::Ctx;
use crate::attempt::{Attempt, Finding, Kind};
use crate::error::Error;
use crate::flows::settle;
use crate::method::customer_key;
use crate::payment::{Payment, Reason};
use crate::store::queue::Due;
use crate::store::{methods, payments};
use crate::toss::{DUPLICATED_ORDER_ID, Failure, Meaning, PgPayment, Status, Toss};

/// Does what is due about a payment, and gives it as it is then.
pub async fn perform(ctx: &Ctx, due: Due) -> Result<Payment, Error> {
    let pool = ctx.database.pool();
    let load = async || -> Result<Payment, Error> {
        payments::get_of_order(pool, None, due.order_id)
            .await?
            .ok_or(Error::PaymentNotFound)
    };
    let Some(attempt) = &due.attempt else {
        settle::look(ctx, due.order_id).await?;
        return load().await;
    };
    let payment = load().await?;
    let finding = match (
        attempt.kind,
        payment.payment_key.as_deref(),
        payment.payment_method_id,
    ) {
        (Kind::Confirm, Some(key), _) => take(&ctx.toss, attempt, &payment, Means::Key(key)).await,
        (Kind::Refund, Some(key), _) => refund(&ctx.toss, attempt, &payment, key).await,
        (Kind::Charge, _, Some(method)) => {
            match methods::billing_key(pool, payment.member_id, method).await? {
                Some(billing_key) => take(&ctx.toss, attempt, &payment, Means::Card(&billing_key)).await,
                None => Finding::Declined {
                    reason: Reason::MethodNotFound,
                    code: String::new(),
                },
            }
        }
        _ => return Err(Fault::bug("an attempt without what it needs").into()),
    };
    settle::settle(ctx, due.order_id, attempt, finding).await
}

/// What a payment is taken with.
#[derive(Debug, Clone, Copy)]
enum Means<'a> {
    /// The PG's key of what the buyer authorised.
    Key(&'a str),
    /// The PG's token of a stored card.
    Card(&'a str),
}

async fn take(toss: &Toss, attempt: &Attempt, payment: &Payment, means: Means<'_>) -> Finding {
    let key = match means {
        Means::Key(key) => Some(key),
        Means::Card(_) => None,
    };
    if attempt.sent {
        // What may have been done before is looked for before it is done again.
        match look(toss, payment, key).await {
            Ok(Some(finding)) => return finding,
            Ok(None) => {}
            Err(failure) => {
                return Finding::Unknown {
                    why: failure.to_string(),
                };
            }
        }
    }
    // The key of the attempt makes the PG do it once, however often it is asked.
    let said = match means {
        Means::Key(key) => toss.confirm(attempt.attempt_id, key, payment).await,
        Means::Card(billing_key) => {
            let customer = customer_key(payment.member_id);
            toss.charge(attempt.attempt_id, billing_key, &customer, payment)
                .await
        }
    };
    match said {
        Ok(pg) => answered(&pg, payment, key),
        Err(Failure::Refused {
            meaning: Meaning::AskFirst,
            code,
        }) => {
            // Another payment of the order may be the one that was paid.
            let key = key.filter(|_| code != DUPLICATED_ORDER_ID);
            match look(toss, payment, key).await {
                Ok(Some(finding)) => finding,
                Ok(None) => Finding::Unknown { why: code },
                Err(failure) => Finding::Unknown {
                    why: failure.to_string(),
                },
            }
        }
        Err(Failure::Refused {
            meaning: Meaning::WrongKey,
            code,
        }) => Finding::WrongKey { code },
        Err(Failure::Refused { meaning, code }) => Finding::Declined {
            reason: meaning.reason(),
            code,
        },
        Err(Failure::NotSent(why)) => Finding::NotSent { why: why.to_string() },
        Err(Failure::Unknown(why)) => Finding::Unknown { why: why.to_string() },
    }
}

/// What the PG's answer to a confirm (of `key`) or a charge is.
fn answered(pg: &PgPayment, payment: &Payment, key: Option<&str>) -> Finding {
    let what = match pg.difference(payment) {
        Some(what) => what,
        None if key.is_some_and(|key| key != pg.payment_key) => "payment key",
        None => {
            let why = format!("status {:?}", pg.status);
            return found_out(pg, payment, key.is_some()).unwrap_or(Finding::Unknown { why });
        }
    };
    Finding::Conflict {
        what: what.to_owned(),
    }
}

/// What the PG has under `key`, or for the order; `None` when it did nothing so far.
async fn look(toss: &Toss, payment: &Payment, key: Option<&str>) -> Result<Option<Finding>, Failure> {
    let found = match key {
        Some(key) => toss.get(key).await?,
        None => toss.get_of_order(&payment.order_id.to_string()).await?,
    };
    Ok(found.and_then(|pg| found_out(&pg, payment, key.is_some())))
}

fn found_out(pg: &PgPayment, payment: &Payment, by_key: bool) -> Option<Finding> {
    let what = match (pg.difference(payment), pg.status) {
        // The buyer gave the key of something else; that is none of this payment.
        (Some("order id"), _) if by_key => {
            return Some(Finding::WrongKey {
                code: "order id".into(),
            });
        }
        (None, Status::Done) => {
            let (payment_key, receipt_url) = (pg.payment_key.clone(), pg.receipt_url().to_owned());
            return Some(Finding::Captured {
                payment_key,
                receipt_url,
            });
        }
        (_, Status::Ready | Status::InProgress | Status::Unknown) => return None,
        // By the order, the PG may show what the buyer tried in the widget meanwhile:
        // only the answer to the charge itself says that it was refused.
        (_, Status::Aborted | Status::Expired | Status::Canceled) if !by_key => return None,
        (_, Status::Aborted) => {
            return Some(Finding::Declined {
                reason: Reason::Declined,
                code: "ABORTED".into(),
            });
        }
        (_, Status::Expired) => {
            return Some(Finding::WrongKey {
                code: "EXPIRED".into(),
            });
        }
        (_, Status::Canceled) if pg.balance_amount == 0 => {
            return Some(Finding::Declined {
                reason: Reason::Cancelled,
                code: "CANCELED".into(),
            });
        }
        (Some(what), _) => what.to_owned(),
        (None, status) => format!("status {status:?}"),
    };
    Some(Finding::Conflict { what })
}

async fn refund(toss: &Toss, attempt: &Attempt, payment: &Payment, key: &str) -> Finding {
    if attempt.sent {
        match toss.get(key).await {
            Ok(Some(pg)) if is_returned(&pg, payment) => return Finding::Refunded,
            Ok(_) => {}
            Err(failure) => {
                return Finding::Unknown {
                    why: failure.to_string(),
                };
            }
        }
    }
    match toss.cancel(attempt.attempt_id, key, &payment.cancel_reason).await {
        Ok(pg) if is_returned(&pg, payment) => Finding::Refunded,
        Ok(pg) => Finding::Conflict {
            what: format!(
                "{} left after the refund of {}",
                pg.balance_amount, pg.total_amount
            ),
        },
        Err(Failure::Refused {
            meaning: Meaning::AskFirst,
            code,
        }) => match toss.get(key).await {
            Ok(Some(pg)) if is_returned(&pg, payment) => Finding::Refunded,
            Ok(_) => Finding::RefundRefused { code },
            Err(failure) => Finding::Unknown {
                why: failure.to_string(),
            },
        },
        Err(Failure::Refused { code, .. }) => Finding::RefundRefused { code },
        Err(Failure::NotSent(why)) => Finding::NotSent { why: why.to_string() },
        Err(Failure::Unknown(why)) => Finding::Unknown { why: why.to_string() },
    }
}

fn is_returned(pg: &PgPayment, payment: &Payment) -> bool {
    pg.difference(payment).is_none()
        && pg.balance_amount == 0
        && matches!(pg.status, Status::Canceled | Status::PartialCanceled)
}
