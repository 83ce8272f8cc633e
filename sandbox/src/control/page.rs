//! The page at `/`: what this is, what it can do, and how it stands.

use axum::extract::State;
use axum::response::Html;

use crate::app::{App, Core};
use crate::clock::kst;
use crate::faults::HELP;
use crate::provider::Provider;

/// Stripe payments shown.
const LAST: usize = 20;

/// Every call, for people; a test holds the README against it.
pub(super) const CALLS: [(&str, &str); 55] = [
    (
        "POST /v1/payments/confirm",
        "approve what the buyer authenticated",
    ),
    ("POST /v1/payments/{paymentKey}/cancel", "give back all or part"),
    ("GET /v1/payments/{paymentKey}", "one payment"),
    ("GET /v1/payments/orders/{orderId}", "the payment of an order"),
    ("POST /v1/virtual-accounts", "open an account for a deposit"),
    ("POST /v1/billing/authorizations/issue", "store a card"),
    ("POST /v1/billing/{billingKey}", "charge a stored card"),
    ("DELETE /v1/billing/{billingKey}", "forget a stored card"),
    ("GET /v1/transactions", "approvals and cancels by time"),
    ("GET /v1/settlements", "what is paid out by day"),
    (
        "POST /v1/checkout-sessions",
        "sandbox only: the buyer pays in the widget",
    ),
    (
        "POST /v1/billing-sessions",
        "sandbox only: the buyer registers a card in the widget",
    ),
    (
        "POST /sandbox/virtual-accounts/{orderId}/deposit",
        "the buyer pays into the account",
    ),
    (
        "POST /v1/payment_intents",
        "begin a payment; with confirm=true also try it",
    ),
    ("GET /v1/payment_intents", "payments by time"),
    (
        "GET /v1/payment_intents/{id}",
        "one payment; the buyer may look too",
    ),
    (
        "POST /v1/payment_intents/{id}/confirm",
        "try it; the buyer may too",
    ),
    (
        "POST /v1/payment_intents/{id}/capture",
        "take what was authorized",
    ),
    ("POST /v1/payment_intents/{id}/cancel", "give it up"),
    ("POST /v1/refunds", "give back all or part"),
    ("GET /v1/refunds", "refunds, also of one payment"),
    ("GET /v1/refunds/{id}", "one refund"),
    ("GET /v1/charges", "tries of one payment"),
    ("GET /v1/charges/{id}", "one try"),
    (
        "GET /v1/balance_transactions",
        "movements of the balance by time, type, source, payout",
    ),
    ("GET /v1/balance_transactions/{id}", "one movement"),
    ("GET /v1/payouts", "what was paid out by day"),
    ("GET /v1/payouts/{id}", "one payout"),
    ("GET /v1/events", "what happened"),
    ("GET /v1/events/{id}", "one event"),
    ("POST /v1/customers", "a buyer with stored methods"),
    ("GET /v1/customers/{id}", "one buyer"),
    ("GET /v1/payment_methods", "a buyer's stored methods"),
    ("GET /v1/payment_methods/{id}", "one method"),
    ("POST /v1/payment_methods/{id}/attach", "store a method"),
    ("POST /v1/payment_methods/{id}/detach", "forget a method"),
    ("POST /v1/setup_intents", "store a method with authentication"),
    ("GET /v1/setup_intents/{id}", "one setup; the buyer may look too"),
    ("POST /v1/setup_intents/{id}/confirm", "try it; the buyer may too"),
    (
        "POST /sandbox/stripe/payment_intents/{id}/authenticate",
        "the buyer authenticates a payment, or fails to",
    ),
    (
        "POST /sandbox/stripe/setup_intents/{id}/authenticate",
        "the buyer authenticates a setup, or fails to",
    ),
    ("GET /sandbox/stripe/authenticate/{id}", "the issuer's page"),
    ("GET /sandbox/ledger", "the double-entry ledger by order"),
    ("GET /sandbox/requests", "the last thousand requests"),
    ("GET /sandbox/webhooks", "webhook URLs and deliveries"),
    ("PUT /sandbox/webhooks", "set the webhook URLs"),
    ("GET /sandbox/faults", "fault rules in force, names known"),
    ("PUT /sandbox/faults", "replace the fault rules"),
    ("DELETE /sandbox/faults", "no fault rules"),
    ("GET /sandbox/clock", "the sandbox's time"),
    ("POST /sandbox/clock", "let time pass"),
    ("POST /sandbox/reset", "forget everything"),
    ("GET /sandbox/receipts/{paymentKey}", "a receipt"),
    ("GET /health", "whether it runs"),
    ("GET /", "this page"),
];

pub(super) async fn show(State(app): State<App>) -> Html<String> {
    Html(app.with(|core| render(core)))
}

fn render(core: &Core) -> String {
    let rules = if core.plan.rules().is_empty() {
        "<p>None: every request is answered truly.</p>".to_owned()
    } else {
        format!(
            "<pre>{}</pre>",
            escape(&serde_json::to_string_pretty(core.plan.rules()).unwrap_or_default())
        )
    };
    let queue = &core.state.webhooks;
    let to = |provider| match queue.urls(provider) {
        [] => "nowhere".to_owned(),
        urls => escape(&urls.join(", ")),
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Payment sandbox</title>\
         <style>body{{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         td,th{{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}}code{{white-space:nowrap}}</style>\
         <h1>Payment sandbox</h1>\
         <p>A double of the Toss Payments core API and of the Stripe payments API. It keeps its own ledger and can be told to fail. No real money moves.</p>\
         <h2>Now</h2><table>\
         <tr><th>Clock<td>{clock} ({offset} s ahead)\
         <tr><th>Payments<td>{payments} at Toss, {intents} at Stripe\
         {money}\
         <tr><th>Ledger<td>{sound}\
         <tr><th>Webhooks<td>Toss to {toss}, Stripe to {stripe}; {pending} pending</table>\
         <h2>Last Stripe payments</h2><table>{last}</table>\
         <h2>Fault rules in force</h2>{rules}\
         <h2>Faults</h2><p>For one request: the header <code>X-Sandbox-Fault</code>, or <code>TossPayments-Test-Code: CODE</code> \
         for a documented error. For many: <code>PUT /sandbox/faults</code>.</p><table>{help}</table>\
         <h2>Calls</h2><table>{calls}</table></html>",
        clock = kst(core.now()),
        offset = core.state.clock.offset_seconds,
        payments = core.state.toss.payment_count(),
        intents = core.state.stripe.intents.all().len(),
        money = money(core),
        toss = to(Provider::Toss),
        stripe = to(Provider::Stripe),
        last = last_intents(core),
        sound = if core.state.ledger.is_sound() {
            "sound"
        } else {
            "NOT sound"
        },
        pending = queue.pending().count(),
        help = table(&HELP),
        calls = table(&CALLS),
    )
}

/// Captures and refunds of each provider and currency.
fn money(core: &Core) -> String {
    let providers = core.state.ledger.providers().iter();
    let rows = providers.flat_map(|(provider, currencies)| {
        currencies.iter().map(move |(currency, totals)| {
            let name = match provider {
                Provider::Toss => "Toss",
                Provider::Stripe => "Stripe",
            };
            format!(
                "<tr><th>{name} {currency}<td>captured {} in {}, refunded {} in {}",
                totals.captured, totals.captures, totals.refunded, totals.refunds
            )
        })
    });
    rows.collect()
}

/// The newest payments of Stripe, which has no receipts to look at.
fn last_intents(core: &Core) -> String {
    let intents = core.state.stripe.intents.all().iter().rev().take(LAST);
    let rows = intents.map(|intent| {
        format!(
            "<tr><td><code>{}</code><td>{}<td>{} {}<td>{}",
            intent.id,
            escape(intent.order_id()),
            intent.amount,
            intent.currency,
            intent.status.name(),
        )
    });
    rows.collect()
}

fn table(rows: &[(&str, &str)]) -> String {
    rows.iter()
        .map(|(name, meaning)| format!("<tr><td><code>{name}</code><td>{meaning}"))
        .collect()
}

/// Text made safe to stand in HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = include_str!("../../README.md");

    #[test]
    fn the_readme_names_every_call_and_every_fault() {
        for (name, _) in CALLS.iter().chain(&HELP) {
            assert!(README.contains(name), "README.md does not name {name}");
        }
    }

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(escape("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
