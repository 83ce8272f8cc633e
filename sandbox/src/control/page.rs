//! The page at `/`: what this is, what it can do, and how it stands.

use axum::extract::State;
use axum::response::Html;

use crate::app::{App, Core};
use crate::clock::kst;
use crate::faults::HELP;

/// Every call, for people; a test holds the README against it.
pub(super) const CALLS: [(&str, &str); 26] = [
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
    let totals = core.state.ledger.totals();
    let rules = if core.plan.rules().is_empty() {
        "<p>None: every request is answered truly.</p>".to_owned()
    } else {
        format!(
            "<pre>{}</pre>",
            escape(&serde_json::to_string_pretty(core.plan.rules()).unwrap_or_default())
        )
    };
    let queue = &core.state.webhooks;
    let urls = if queue.urls.is_empty() {
        "nowhere".to_owned()
    } else {
        escape(&queue.urls.join(", "))
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Payment sandbox</title>\
         <style>body{{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         td,th{{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}}code{{white-space:nowrap}}</style>\
         <h1>Payment sandbox</h1>\
         <p>A double of the Toss Payments core API. It keeps its own ledger and can be told to fail. No real money moves.</p>\
         <h2>Now</h2><table>\
         <tr><th>Clock<td>{clock} ({offset} s ahead)\
         <tr><th>Payments<td>{payments}\
         <tr><th>Captured<td>{captured} won in {captures}\
         <tr><th>Refunded<td>{refunded} won in {refunds}\
         <tr><th>Ledger<td>{sound}\
         <tr><th>Webhooks<td>to {urls}; {pending} pending</table>\
         <h2>Fault rules in force</h2>{rules}\
         <h2>Faults</h2><p>For one request: the header <code>X-Sandbox-Fault</code>, or <code>TossPayments-Test-Code: CODE</code> \
         for a documented error. For many: <code>PUT /sandbox/faults</code>.</p><table>{help}</table>\
         <h2>Calls</h2><table>{calls}</table></html>",
        clock = kst(core.now()),
        offset = core.state.clock.offset_seconds,
        payments = core.state.toss.payment_count(),
        captured = totals.captured,
        captures = totals.captures,
        refunded = totals.refunded,
        refunds = totals.refunds,
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

fn table(rows: &[(&str, &str)]) -> String {
    rows.iter()
        .map(|(name, meaning)| format!("<tr><td><code>{name}</code><td>{meaning}"))
        .collect()
}

/// Text made safe to stand in HTML.
pub(super) fn escape(text: &str) -> String {
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
