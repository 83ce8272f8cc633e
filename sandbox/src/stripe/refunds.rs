//! Giving money back.

use serde_json::{Value, json};

use super::cards::Refunds;
use super::declines::Decline;
use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::intent::{Intent, PROCESSED_AFTER};
use super::objects::{Charge, Refund, RefundStatus};
use super::payments::Answer;
use super::{keys, lists, view};
use crate::ledger;

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

pub(super) fn create(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&["payment_intent", "charge", "amount", "reason", "metadata"])?;
    let (intent, charge) = paid(desk, call)?;
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(Refusal::state("charge_already_refunded", message));
    }
    let amount = params.number("amount")?.unwrap_or(left);
    if amount < 1 {
        let message = "The amount must be at least 1.";
        return Err(Refusal::coded("parameter_invalid_integer", "amount", message));
    }
    if amount > left {
        let message = format!("The refund of {amount} is more than the {left} left on the charge.");
        return Err(Refusal::invalid("amount", message));
    }
    let test = desk
        .book()
        .methods
        .get(&charge.payment_method)
        .map(|method| method.test());
    let (status, becomes) = match test.map(|test| test.refunds) {
        Some(Refunds::Later) => (RefundStatus::Pending, RefundStatus::Succeeded),
        Some(Refunds::InVain) => (RefundStatus::Succeeded, RefundStatus::Failed),
        Some(Refunds::AtOnce) | None => (RefundStatus::Succeeded, RefundStatus::Succeeded),
    };
    let refund = Refund {
        id: keys::id("re"),
        charge: charge.id.clone(),
        intent: intent.id.clone(),
        status,
        amount,
        currency: intent.currency.clone(),
        reason: params.choice("reason", &REASONS)?.map(str::to_owned),
        failure_reason: None,
        metadata: params.metadata()?,
        balance_transaction: None,
        failure_balance_transaction: None,
        created: desk.now,
        due_at: (status != becomes).then(|| desk.now + PROCESSED_AFTER),
        becomes,
    };
    match desk.decline() {
        Some(decline) => Ok(refuse(desk, &intent, refund, decline)),
        None => Ok(give_back(desk, &intent, charge, refund)),
    }
}

/// The charge a refund is asked of, which must have been paid.
fn paid(desk: &Desk<'_>, call: &Call) -> Result<(Intent, Charge), Refusal> {
    let book = desk.book();
    let (named, of_charge) = (call.params.text("payment_intent")?, call.params.text("charge")?);
    let charge = match (named, of_charge) {
        (None, None) => {
            return Err(call
                .params
                .needed("payment_intent")
                .err()
                .unwrap_or_else(no_charge));
        }
        (Some(id), _) => {
            let intent = book.intents.get(id);
            let intent = intent.ok_or_else(|| Refusal::missing("payment_intent", id, "payment_intent"))?;
            let latest = intent.latest_charge.as_deref();
            latest.and_then(|id| book.charges.get(id)).ok_or_else(no_charge)?
        }
        (None, Some(id)) => {
            let charge = book.charges.get(id);
            charge.ok_or_else(|| Refusal::missing("charge", id, "charge"))?
        }
    };
    if of_charge.is_some_and(|id| id != charge.id) {
        let message = "The charge is not the PaymentIntent's.";
        return Err(Refusal::invalid("charge", message));
    }
    let intent = book.intents.get(&charge.intent).ok_or_else(no_charge)?;
    if charge.captured.is_none() {
        return Err(no_charge());
    }
    Ok((intent.clone(), charge.clone()))
}

fn no_charge() -> Refusal {
    Refusal::invalid(
        "payment_intent",
        "This PaymentIntent has no successful charge to refund.",
    )
}

fn give_back(desk: &mut Desk<'_>, intent: &Intent, charge: Charge, refund: Refund) -> Value {
    let transaction = desk.move_money(ledger::Kind::Refund, intent, &refund, refund.amount);
    let charge = Charge {
        refunded: charge.refunded + refund.amount,
        ..charge
    };
    let refund = Refund {
        balance_transaction: Some(transaction),
        ..refund
    };
    desk.save_charge(&charge);
    desk.save_refund(&refund, intent.order_id(), &["refund.created"], None);
    desk.tell_of_charge("charge.refunded", &charge, intent.order_id());
    view::refund(&refund)
}

/// The issuer takes nothing back: the refund is there and failed, no money moved.
fn refuse(desk: &mut Desk<'_>, intent: &Intent, refund: Refund, decline: Decline) -> Value {
    let reason = match decline.decline_code {
        "lost_card" | "stolen_card" | "pickup_card" => "lost_or_stolen_card",
        "expired_card" => "expired_or_canceled_card",
        "insufficient_funds" => "insufficient_funds",
        _ => "declined",
    };
    let failed = Refund {
        status: RefundStatus::Failed,
        becomes: RefundStatus::Failed,
        failure_reason: Some(reason.to_owned()),
        due_at: None,
        ..refund
    };
    let events = ["refund.created", "refund.failed"];
    desk.save_refund(&failed, intent.order_id(), &events, None);
    view::refund(&failed)
}

/// The bank's late answer to a refund.
pub(super) fn settle(desk: &mut Desk<'_>, refund: Refund) {
    let was = json!({ "status": refund.status });
    let settled = Refund {
        status: refund.becomes,
        due_at: None,
        ..refund
    };
    let intent = desk.book().intents.get(&settled.intent).cloned();
    let charge = desk.book().charges.get(&settled.charge).cloned();
    let (Some(intent), Some(charge)) = (intent, charge) else {
        return desk.save_refund(&settled, &settled.intent, &[], None);
    };
    if settled.status != RefundStatus::Failed {
        return desk.save_refund(&settled, intent.order_id(), &["refund.updated"], Some(was));
    }
    let transaction = desk.move_money(ledger::Kind::RefundReversal, &intent, &settled, settled.amount);
    desk.save_charge(&Charge {
        refunded: charge.refunded - settled.amount,
        ..charge
    });
    let failed = Refund {
        failure_reason: Some("unknown".to_owned()),
        failure_balance_transaction: Some(transaction),
        ..settled
    };
    let events = ["refund.updated", "refund.failed"];
    desk.save_refund(&failed, intent.order_id(), &events, Some(was));
}

pub(super) fn get(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().refunds.get(&call.key);
    found
        .map(view::refund)
        .ok_or_else(|| Refusal::missing("refund", &call.key, "refund"))
}

pub(super) fn list(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["payment_intent", "charge"]].concat())?;
    let charge = params.text("charge")?;
    let fits = |refund: &&Refund| charge.is_none_or(|charge| charge == refund.charge);
    match params.text("payment_intent")? {
        Some(intent) => {
            let refunds: Vec<&Refund> = desk.book().refunds_of(intent).filter(fits).collect();
            lists::page(refunds.into_iter(), params, &call.path, view::refund)
        }
        None => {
            let refunds = desk.book().refunds.all().iter().filter(fits);
            lists::page(refunds, params, &call.path, view::refund)
        }
    }
}
