//! Calls on PaymentIntents: read, check, change, record, answer.

use serde_json::Value;

use super::charging::{self, Confirmation};
use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::intent::{Intent, Status};
use super::methods;
use super::objects::Method;
use super::params::Params;
use super::{keys, money, view};

pub(super) type Answer = Result<Value, Refusal>;

/// Taken at a create with `confirm` and at a confirm. From `use_stripe_sdk` on they are accepted and change nothing.
const CONFIRM: [&str; 9] = [
    "payment_method",
    "return_url",
    "off_session",
    "error_on_requires_action",
    "setup_future_usage",
    "use_stripe_sdk",
    "mandate_data",
    "payment_method_options",
    "receipt_email",
];
/// Taken at a create only. From `confirmation_method` on they are accepted and change nothing.
const CREATE: [&str; 14] = [
    "amount",
    "currency",
    "capture_method",
    "confirm",
    "customer",
    "metadata",
    "description",
    "payment_method_types",
    "automatic_payment_methods",
    "confirmation_method",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

pub(super) fn create(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&CREATE[..], &CONFIRM[..]].concat())?;
    let (amount, currency) = price(params)?;
    let confirm = params.flag("confirm")?;
    for only_confirming in ["return_url", "off_session", "error_on_requires_action"] {
        if !confirm && params.text(only_confirming)?.is_some() {
            let message = format!("{only_confirming} can be used with confirm=true only.");
            return Err(Refusal::invalid(only_confirming, message));
        }
    }
    params.choice("confirmation_method", &["automatic"])?;
    let manual =
        params.choice("capture_method", &["automatic", "automatic_async", "manual"])? == Some("manual");
    let customer = params.owned("customer")?;
    if let Some(id) = &customer {
        methods::customer(desk, id)?;
    }
    let (payment_method_types, may_redirect) = kinds(params)?;
    let id = keys::id("pi");
    let intent = Intent {
        client_secret: keys::client_secret(&id),
        id,
        status: Status::RequiresPaymentMethod,
        amount,
        amount_received: 0,
        currency: currency.to_owned(),
        manual_capture: manual,
        customer,
        payment_method: None,
        payment_method_types,
        may_redirect,
        return_url: None,
        off_session: false,
        setup_future_usage: future(params)?,
        description: params.owned("description")?,
        metadata: params.metadata()?,
        latest_charge: None,
        last_payment_error: None,
        cancellation_reason: None,
        created: desk.now,
        canceled_at: None,
        due_at: None,
    };
    let method = params
        .text("payment_method")?
        .map(|name| methods::usable(desk, name, &intent))
        .transpose()?;
    let confirmation = match (&method, confirm) {
        (None, true) => {
            params.needed("payment_method")?;
            None
        }
        (Some(method), true) => Some(confirmation(call, &intent, method.clone())?),
        (_, false) => None,
    };
    let intent = match method {
        Some(method) => {
            let payment_method = Some(method.id.clone());
            methods::save(desk, method);
            Intent {
                payment_method,
                status: Status::RequiresConfirmation,
                ..intent
            }
        }
        None => intent,
    };
    desk.save_and_tell(&intent, "payment_intent.created");
    match confirmation {
        Some(confirmation) => charging::confirm(desk, intent, confirmation),
        None => Ok(view::intent(&intent, desk.base_url)),
    }
}

fn price(params: &Params) -> Result<(i64, &'static str), Refusal> {
    params.needed("amount")?;
    let amount = params.number("amount")?.unwrap_or_default();
    let currency = params.needed("currency")?;
    let (currency, least) = money::least(currency)
        .ok_or_else(|| Refusal::invalid("currency", format!("Invalid currency: {currency}")))?;
    let (code, message) = if amount < 1 {
        (
            "parameter_invalid_integer",
            "The amount must be at least 1.".to_owned(),
        )
    } else if amount < least {
        (
            "amount_too_small",
            format!("The amount must be at least {least} {currency}."),
        )
    } else if amount > money::MOST {
        (
            "amount_too_large",
            format!("The amount must be no more than {}.", money::MOST),
        )
    } else {
        return Ok((amount, currency));
    };
    Err(Refusal::coded(code, "amount", message))
}

/// The kinds of payment method allowed, and whether one of them may redirect the buyer: unless kinds are listed, the
/// account's own settings decide, which may.
fn kinds(params: &Params) -> Result<(Vec<String>, bool), Refusal> {
    let listed = params.list("payment_method_types")?;
    let automatic = params.flag("automatic_payment_methods[enabled]")?;
    let redirects = params.choice("automatic_payment_methods[allow_redirects]", &["always", "never"])?;
    if !listed.is_empty() {
        if automatic {
            let message = "Name payment_method_types or automatic_payment_methods, not both.";
            return Err(Refusal::invalid("payment_method_types", message));
        }
        return Ok((listed.into_iter().map(str::to_owned).collect(), false));
    }
    let all = ["card", "us_bank_account"].map(str::to_owned).to_vec();
    Ok((all, redirects != Some("never")))
}

fn future(params: &Params) -> Result<Option<String>, Refusal> {
    let usage = params.choice("setup_future_usage", &["off_session", "on_session"])?;
    Ok(usage.map(str::to_owned))
}

/// What a confirm asks for, checked before anything happens.
fn confirmation(call: &Call, intent: &Intent, method: Method) -> Result<Confirmation, Refusal> {
    let params = &call.params;
    let return_url = params.owned("return_url")?.or_else(|| intent.return_url.clone());
    if intent.may_redirect && return_url.is_none() && !call.by_buyer {
        return Err(Refusal::invalid(
            "return_url",
            "A payment method may redirect the buyer: provide a return_url, or automatic_payment_methods[allow_redirects]=never.",
        ));
    }
    Ok(Confirmation {
        method,
        return_url,
        off_session: params.flag("off_session")?,
        error_on_requires_action: params.flag("error_on_requires_action")?,
        setup_future_usage: future(params)?.or_else(|| intent.setup_future_usage.clone()),
    })
}

pub(super) fn confirm(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let intent = find(desk, call)?;
    call.params.only(&CONFIRM)?;
    intent
        .check_confirm()
        .map_err(|refusal| about(refusal, &intent, desk))?;
    let named = call.params.owned("payment_method")?;
    let Some(name) = named.or_else(|| intent.payment_method.clone()) else {
        let refusal = Refusal::state(
            "payment_intent_unexpected_state",
            "You cannot confirm this PaymentIntent: it has no payment method.",
        );
        return Err(about(refusal, &intent, desk));
    };
    let method = methods::usable(desk, &name, &intent)?;
    let confirmation = confirmation(call, &intent, method)?;
    charging::confirm(desk, intent, confirmation)
}

pub(super) fn capture(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let intent = find(desk, call)?;
    call.params
        .only(&["amount_to_capture", "final_capture", "metadata"])?;
    let amount = intent
        .check_capture(call.params.number("amount_to_capture")?)
        .map_err(|refusal| about(refusal, &intent, desk))?;
    if let Some(decline) = desk.decline() {
        return Err(about(Refusal::declined(decline), &intent, desk));
    }
    let charge = intent
        .latest_charge
        .as_deref()
        .and_then(|id| desk.book().charges.get(id).cloned());
    let charge = charge.ok_or_else(|| intent.unexpected("capture"))?;
    Ok(charging::take(desk, intent, charge, amount))
}

pub(super) fn cancel(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let intent = find(desk, call)?;
    call.params.only(&["cancellation_reason"])?;
    let reasons = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];
    let reason = call.params.choice("cancellation_reason", &reasons)?;
    intent
        .check_cancel()
        .map_err(|refusal| about(refusal, &intent, desk))?;
    Ok(charging::give_up(desk, intent, reason))
}

pub(super) fn get(desk: &mut Desk<'_>, call: &Call) -> Answer {
    call.params.only(&[])?;
    find(desk, call).map(|intent| view::intent(&intent, desk.base_url))
}

/// The intent a call names, if the caller may see it.
fn find(desk: &Desk<'_>, call: &Call) -> Result<Intent, Refusal> {
    let intent = desk
        .book()
        .intents
        .get(&call.key)
        .cloned()
        .ok_or_else(|| Refusal::missing("payment_intent", &call.key, "intent"))?;
    call.check_secret(&intent.client_secret)?;
    Ok(intent)
}

fn about(refusal: Refusal, intent: &Intent, desk: &Desk<'_>) -> Refusal {
    refusal.about("payment_intent", view::intent(intent, desk.base_url))
}
