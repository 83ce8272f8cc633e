//! Objects as Stripe shapes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::book::Book;
use super::intent::{Intent, Status};
use super::objects::{
    Charge, ChargeStatus, Customer, Method, Payout, Refund, Setup, SetupStatus, Transaction,
};

pub(super) fn intent(intent: &Intent, base_url: &str) -> Value {
    let waits = intent.status == Status::RequiresAction;
    let next_action = waits.then(|| next_action(&intent.id, intent.return_url.as_deref(), base_url));
    json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": intent.amount_capturable(),
        "amount_received": intent.amount_received,
        "automatic_payment_methods": intent.may_redirect.then(|| json!({ "enabled": true, "allow_redirects": "always" })),
        "canceled_at": intent.canceled_at.map(OffsetDateTime::unix_timestamp),
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": if intent.manual_capture { "manual" } else { "automatic" },
        "client_secret": intent.client_secret,
        "confirmation_method": "automatic",
        "created": intent.created.unix_timestamp(),
        "currency": intent.currency,
        "customer": intent.customer,
        "description": intent.description,
        "last_payment_error": intent.last_payment_error,
        "latest_charge": intent.latest_charge,
        "livemode": false,
        "metadata": intent.metadata,
        "next_action": next_action,
        "payment_method": intent.payment_method,
        "payment_method_types": intent.payment_method_types,
        "setup_future_usage": intent.setup_future_usage,
        "status": intent.status,
    })
}

/// Where the buyer authenticates: a page of the sandbox, reached by redirect or opened by Stripe.js.
fn next_action(id: &str, return_url: Option<&str>, base_url: &str) -> Value {
    let url = format!("{base_url}/sandbox/stripe/authenticate/{id}");
    match return_url {
        Some(return_url) => json!({
            "type": "redirect_to_url",
            "redirect_to_url": { "url": url, "return_url": return_url },
        }),
        None => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": { "type": "three_d_secure_redirect", "stripe_js": url },
        }),
    }
}

pub(super) fn charge(charge: &Charge, book: &Book) -> Value {
    let intent = book.intents.get(&charge.intent);
    let method = book.methods.get(&charge.payment_method);
    let refunded = if charge.released {
        charge.amount
    } else {
        charge.refunded
    };
    let failed = charge.status == ChargeStatus::Failed;
    let (code, decline_code, message) = match &charge.failure {
        Some((code, decline_code, message)) => (Some(code), decline_code.as_ref(), Some(message)),
        None => (None, None, None),
    };
    let outcome = json!({
        "network_status": if failed { "declined_by_network" } else { "approved_by_network" },
        "reason": decline_code,
        "risk_level": "normal",
        "seller_message": if failed { "The bank declined." } else { "Payment complete." },
        "type": if failed { "issuer_declined" } else { "authorized" },
    });
    let details = method.map(|method| {
        let mut details = json!({ "type": method.test().kind() });
        details[method.test().kind()] = looks(method);
        if !method.test().is_bank {
            details["card"]["network"] = json!(method.test().brand);
        }
        if charge.authenticated {
            details["card"]["three_d_secure"] = json!({ "result": "authenticated", "version": "2.2.0" });
        }
        details
    });
    json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": charge.captured.unwrap_or_default(),
        "amount_refunded": refunded,
        "balance_transaction": charge.balance_transaction,
        "billing_details": nobody(),
        "captured": charge.captured.is_some(),
        "created": charge.created.unix_timestamp(),
        "currency": intent.map(|intent| &intent.currency),
        "customer": intent.and_then(|intent| intent.customer.as_ref()),
        "description": intent.and_then(|intent| intent.description.as_ref()),
        "disputed": false,
        "failure_code": code,
        "failure_message": message,
        "livemode": false,
        "metadata": intent.map(|intent| &intent.metadata),
        "outcome": outcome,
        "paid": charge.status == ChargeStatus::Succeeded,
        "payment_intent": charge.intent,
        "payment_method": charge.payment_method,
        "payment_method_details": details,
        "receipt_url": null,
        "refunded": refunded > 0 && (charge.released || charge.refundable() == 0),
        "status": charge.status,
    })
}

pub(super) fn refund(refund: &Refund) -> Value {
    let mut shown = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created.unix_timestamp(),
        "currency": refund.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.intent,
        "reason": refund.reason,
        "receipt_number": null,
        "status": refund.status,
    });
    // These two are there once it failed, and never null.
    let failure = [
        ("failure_balance_transaction", &refund.failure_balance_transaction),
        ("failure_reason", &refund.failure_reason),
    ];
    for (name, value) in failure {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    }
    shown
}

pub(super) fn customer(customer: &Customer) -> Value {
    json!({
        "id": customer.id,
        "object": "customer",
        "created": customer.created.unix_timestamp(),
        "description": customer.description,
        "email": customer.email,
        "livemode": false,
        "metadata": customer.metadata,
        "name": customer.name,
        "phone": customer.phone,
    })
}

/// Whom a method belongs to, which nobody is asked here.
fn nobody() -> Value {
    json!({ "address": null, "email": null, "name": null, "phone": null, "tax_id": null })
}

/// What a card or an account shows of itself; never a number.
fn looks(method: &Method) -> Value {
    let test = method.test();
    if test.is_bank {
        return json!({ "bank_name": test.brand, "last4": test.last4, "account_holder_type": "individual" });
    }
    json!({
        "brand": test.brand,
        "country": test.country,
        "exp_month": 12,
        "exp_year": method.created.year() + 3,
        "funding": "credit",
        "last4": test.last4,
    })
}

pub(super) fn method(method: &Method) -> Value {
    let kind = method.test().kind();
    let mut shown = json!({
        "id": method.id,
        "object": "payment_method",
        "billing_details": nobody(),
        "created": method.created.unix_timestamp(),
        "customer": method.customer,
        "livemode": false,
        "metadata": {},
        "type": kind,
    });
    shown[kind] = looks(method);
    shown
}

pub(super) fn setup(setup: &Setup, base_url: &str) -> Value {
    let waits = setup.status == SetupStatus::RequiresAction;
    let next_action = waits.then(|| next_action(&setup.id, setup.return_url.as_deref(), base_url));
    json!({
        "id": setup.id,
        "object": "setup_intent",
        "client_secret": setup.client_secret,
        "created": setup.created.unix_timestamp(),
        "customer": setup.customer,
        "last_setup_error": setup.last_setup_error,
        "livemode": false,
        "metadata": setup.metadata,
        "next_action": next_action,
        "payment_method": setup.payment_method,
        "payment_method_types": ["card"],
        "status": setup.status,
        "usage": setup.usage,
    })
}

pub(super) fn transaction(transaction: &Transaction, now: OffsetDateTime) -> Value {
    let fees = [json!({
        "amount": transaction.fee,
        "application": null,
        "currency": transaction.currency,
        "description": "Processing fees",
        "type": "stripe_fee",
    })];
    json!({
        "id": transaction.id,
        "object": "balance_transaction",
        "amount": transaction.amount,
        "available_on": transaction.available_on.unix_timestamp(),
        "balance_type": "payments",
        "created": transaction.created.unix_timestamp(),
        "currency": transaction.currency,
        "description": null,
        "exchange_rate": null,
        "fee": transaction.fee,
        "fee_details": if transaction.fee == 0 { &[][..] } else { &fees[..] },
        "net": transaction.net(),
        "reporting_category": transaction.kind,
        "source": transaction.source,
        "status": if now >= transaction.available_on { "available" } else { "pending" },
        "type": transaction.kind,
    })
}

/// The one object without an id.
pub(super) fn balance(sums: &BTreeMap<String, i64>) -> Value {
    let mut available = Vec::new();
    for (currency, amount) in sums {
        let of_cards = json!({ "card": amount });
        available.push(json!({ "amount": amount, "currency": currency, "source_types": of_cards }));
    }
    json!({ "object": "balance", "available": available, "livemode": false, "pending": [] })
}

pub(super) fn payout(payout: &Payout, now: OffsetDateTime) -> Value {
    json!({
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "arrival_date": payout.arrival_date.unix_timestamp(),
        "automatic": true,
        "balance_transaction": payout.balance_transaction,
        "created": payout.created.unix_timestamp(),
        "currency": payout.currency,
        "livemode": false,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "status": if now >= payout.arrival_date { "paid" } else { "in_transit" },
        "type": "bank_account",
    })
}
