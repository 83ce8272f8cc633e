//! What becomes of a confirmed payment: authentication, the issuer's word, the money.

use serde_json::Value;

use super::book::Entry;
use super::declines::{AUTHENTICATION_REQUIRED, Decline};
use super::desk::Desk;
use super::errors::Refusal;
use super::intent::Intent;
use super::objects::{Charge, ChargeStatus, Method};
use super::payments::Answer;
use super::{keys, methods, view};
use crate::ledger;

/// What a confirm asks for.
pub(super) struct Confirmation {
    pub method: Method,
    pub return_url: Option<String>,
    pub off_session: bool,
    pub error_on_requires_action: bool,
    pub setup_future_usage: Option<String>,
}

/// Asks the issuer, or the buyer first.
pub(super) fn confirm(desk: &mut Desk<'_>, intent: Intent, confirmation: Confirmation) -> Answer {
    let Confirmation {
        method,
        return_url,
        off_session,
        error_on_requires_action,
        setup_future_usage,
    } = confirmation;
    methods::save(desk, method.clone());
    let intent = Intent {
        payment_method: Some(method.id.clone()),
        return_url,
        off_session,
        setup_future_usage,
        ..intent
    };
    if let Some(decline) = desk.decline() {
        return Err(decline_charge(desk, intent, &method, decline));
    }
    if !method.test().asks(off_session, method.set_up) {
        return charge(desk, intent, method, false);
    }
    if off_session || error_on_requires_action {
        return Err(decline_charge(desk, intent, &method, AUTHENTICATION_REQUIRED));
    }
    let waiting = intent.awaiting_buyer();
    desk.save_and_tell(&waiting, "payment_intent.requires_action");
    Ok(view::intent(&waiting, desk.base_url))
}

/// Charges a method that needs no authentication any more.
pub(super) fn charge(desk: &mut Desk<'_>, intent: Intent, method: Method, authenticated: bool) -> Answer {
    let test = method.test();
    let fresh = |status| Charge {
        authenticated,
        ..new_charge(desk, &intent, &method, status)
    };
    if test.is_bank {
        let charge = fresh(ChargeStatus::Pending);
        desk.save_charge(&charge);
        let waiting = intent.processing(charge.id, desk.now);
        use_up(desk, &waiting, method);
        desk.save_and_tell(&waiting, "payment_intent.processing");
        return Ok(view::intent(&waiting, desk.base_url));
    }
    if let Some(decline) = test.declines.and_then(Decline::of) {
        return Err(decline_charge(desk, intent, &method, decline));
    }
    let charge = fresh(ChargeStatus::Succeeded);
    desk.save_charge(&charge);
    use_up(desk, &intent, method);
    if intent.manual_capture {
        let held = intent.authorized(charge.id, desk.now);
        desk.save_and_tell(&held, "payment_intent.amount_capturable_updated");
        Ok(view::intent(&held, desk.base_url))
    } else {
        let amount = intent.amount;
        Ok(take(desk, intent, charge, amount))
    }
}

/// Takes the money of a charge the issuer agreed to.
pub(super) fn take(desk: &mut Desk<'_>, intent: Intent, charge: Charge, amount: i64) -> Value {
    let transaction = desk.move_money(ledger::Kind::Capture, &intent, &charge, amount);
    let charge = Charge {
        status: ChargeStatus::Succeeded,
        captured: Some(amount),
        balance_transaction: Some(transaction),
        ..charge
    };
    desk.save_charge(&charge);
    let paid = intent.succeeded(charge.id, amount);
    desk.save_and_tell(&paid, "payment_intent.succeeded");
    view::intent(&paid, desk.base_url)
}

/// Ends an intent without money; an authorization is released.
pub(super) fn give_up(desk: &mut Desk<'_>, intent: Intent, reason: Option<&str>) -> Value {
    let held = (intent.amount_capturable() > 0)
        .then_some(intent.latest_charge.as_deref())
        .flatten();
    if let Some(charge) = held.and_then(|id| desk.book().charges.get(id).cloned()) {
        let released = Charge {
            released: true,
            ..charge
        };
        desk.save_charge(&released);
        desk.tell_of_charge("charge.refunded", &released, intent.order_id());
    }
    let ended = intent.canceled(reason.map(str::to_owned), desk.now);
    desk.save_and_tell(&ended, "payment_intent.canceled");
    view::intent(&ended, desk.base_url)
}

/// The issuer said no: a failed charge, and an intent that wants another method.
fn decline_charge(desk: &mut Desk<'_>, intent: Intent, method: &Method, decline: Decline) -> Refusal {
    let charge = new_charge(desk, &intent, method, ChargeStatus::Failed);
    fail(desk, intent, method, charge, decline)
}

/// Fails a charge, new or pending.
pub(super) fn fail(
    desk: &mut Desk<'_>,
    intent: Intent,
    method: &Method,
    charge: Charge,
    decline: Decline,
) -> Refusal {
    let charge = Charge {
        status: ChargeStatus::Failed,
        failure: Some((
            decline.code.to_owned(),
            Some(decline.decline_code.to_owned()),
            decline.message.to_owned(),
        )),
        ..charge
    };
    desk.save_charge(&charge);
    let refusal = Refusal::declined(decline)
        .about("charge", charge.id.clone().into())
        .about("payment_method", view::method(method));
    let failed = intent.failed(refusal.show(), Some(charge.id));
    desk.save_and_tell(&failed, "payment_intent.payment_failed");
    refusal.about("payment_intent", view::intent(&failed, desk.base_url))
}

/// The buyer did not authenticate.
pub(super) fn fail_authentication(desk: &mut Desk<'_>, intent: Intent, method: &Method) -> Value {
    let refusal = Refusal::state(
        "payment_intent_authentication_failure",
        "The buyer failed to authenticate.",
    )
    .about("payment_method", view::method(method));
    let failed = intent.failed(refusal.show(), None);
    desk.save_and_tell(&failed, "payment_intent.payment_failed");
    view::intent(&failed, desk.base_url)
}

fn new_charge(desk: &Desk<'_>, intent: &Intent, method: &Method, status: ChargeStatus) -> Charge {
    Charge {
        id: keys::id("ch"),
        intent: intent.id.clone(),
        payment_method: method.id.clone(),
        status,
        amount: intent.amount,
        captured: None,
        refunded: 0,
        released: false,
        authenticated: false,
        balance_transaction: None,
        failure: None,
        created: desk.now,
    }
}

/// A method paid with is stored when that was asked for; without a customer it is used up.
fn use_up(desk: &mut Desk<'_>, intent: &Intent, method: Method) {
    let stored = intent.setup_future_usage.is_some() && intent.customer.is_some();
    let customer = if stored {
        intent.customer.clone()
    } else {
        method.customer.clone()
    };
    desk.put(Entry::Method(Method {
        spent: customer.is_none(),
        set_up: method.set_up || stored,
        customer,
        ..method
    }));
}
