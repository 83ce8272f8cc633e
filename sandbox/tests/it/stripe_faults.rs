//! Each fault, at Stripe.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stripe::{Fields, id};
use crate::support::{Sandbox, send};

const KEY: (&str, &str) = ("Idempotency-Key", "k-1");
const PAY: Fields<'static> = &[
    ("amount", "1000"),
    ("currency", "krw"),
    ("payment_method_types[]", "card"),
    ("metadata[order_id]", "order-1"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

#[tokio::test]
async fn a_lost_request_has_no_effect_and_a_lost_answer_has() {
    for (fault, captured) in [
        ("timeout-before=50", 0),
        ("timeout-after=50", 1_000),
        ("reset-before", 0),
        ("reset-after", 1_000),
    ] {
        let sandbox = Sandbox::start().await;
        let pay = || sandbox.form("/v1/payment_intents", PAY).header(KEY.0, KEY.1);
        let lost = pay().header("X-Sandbox-Fault", fault).send().await;
        assert!(lost.is_err(), "{fault}");
        assert_eq!(sandbox.ledger("order-1").await.0, captured, "{fault}");
        assert_eq!(send(pay()).await.ok()["status"], "succeeded", "{fault}");
        assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1), "{fault}");
    }
}

#[tokio::test]
async fn errors_have_stripes_shape() {
    let sandbox = Sandbox::start().await;
    for (fault, status, kind, code) in [
        ("error", 500, "api_error", ""),
        ("error=service_unavailable", 503, "api_error", ""),
        ("error=lock_timeout", 429, "invalid_request_error", "lock_timeout"),
        (
            "error=resource_missing",
            404,
            "invalid_request_error",
            "resource_missing",
        ),
        ("error=insufficient_funds", 402, "card_error", "card_declined"),
        ("rate-limit", 429, "invalid_request_error", "rate_limit"),
        ("error-after", 500, "api_error", ""),
    ] {
        let struck = sandbox.tell_with("/v1/payment_intents", PAY, fault).await;
        assert_eq!(struck.error(), (status, kind, code), "{fault}");
        assert!(struck.body["error"]["message"].is_string());
    }
    assert_eq!(sandbox.ledger("order-1").await.3, 1);
    let foreign = sandbox
        .tell_with("/v1/payment_intents", PAY, "error=PROVIDER_ERROR")
        .await;
    assert_eq!(foreign.error().0, 400);
}

#[tokio::test]
async fn malformed_slow_and_held_answers_hide_what_happened() {
    let sandbox = Sandbox::start().await;
    let with = |fault: &str| {
        sandbox
            .form("/v1/payment_intents", PAY)
            .header("X-Sandbox-Fault", fault)
    };
    let answer = with("malformed").send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let text = answer.text().await.expect("text");
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(send(with("slow=100")).await.ok()["status"], "succeeded");
    let held = with("timeout-after")
        .timeout(Duration::from_millis(300))
        .send()
        .await;
    assert!(held.expect_err("no answer").is_timeout());
    assert_eq!(sandbox.ledger("order-1").await, (3_000, 0, 3_000, 3));
}

#[tokio::test]
async fn a_rule_strikes_the_stripe_call_it_names_for_the_order_it_names() {
    let sandbox = Sandbox::start().await;
    let rules = json!({"rules": [
        {"fault": "error=service_unavailable", "endpoint": "stripe_capture", "order_id_prefix": "chaos-", "times": 1},
        {"fault": "rate-limit", "endpoint": "stripe_refund", "min_amount": 500},
        {"fault": "reset-before", "endpoint": "stripe_balance"},
    ]});
    sandbox.put("/sandbox/faults", rules).await.ok();
    let more = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("capture_method", "manual"),
    ];
    let capture = async |intent: Value| {
        let path = format!("/v1/payment_intents/{}/capture", id(&intent));
        sandbox.tell(&path, &[]).await.status
    };
    let chaos = sandbox.intent("chaos-1", 1_000, &more).await.ok();
    assert_eq!(capture(chaos.clone()).await, 503);
    assert_eq!(capture(chaos.clone()).await, 200);
    assert_eq!(
        capture(sandbox.intent("calm-1", 1_000, &more).await.ok()).await,
        200
    );
    assert_eq!(sandbox.refund(&chaos, "500").await.status, 429);
    assert_eq!(sandbox.refund(&chaos, "499").await.status, 200);
    assert!(
        sandbox
            .stripe(Method::GET, "/v1/balance_transactions")
            .send()
            .await
            .is_err()
    );
    let seen = sandbox.get("/sandbox/requests?order_id=chaos-1").await.ok();
    let seen = seen["requests"].as_array().expect("requests");
    let endpoints: Vec<_> = seen
        .iter()
        .map(|seen| seen["endpoint"].as_str().unwrap_or_default())
        .collect();
    let expected = [
        "stripe_create",
        "stripe_capture",
        "stripe_capture",
        "stripe_refund",
        "stripe_refund",
    ];
    assert_eq!(endpoints, expected);
    assert_eq!(seen[1]["fault"], "error=service_unavailable");
    assert_eq!(
        (&seen[3]["status"], &seen[3]["code"]),
        (&json!(429), &json!("rate_limit"))
    );
}

#[tokio::test]
async fn a_rule_without_endpoint_strikes_both_providers() {
    let sandbox = Sandbox::start().await;
    sandbox
        .put("/sandbox/faults", json!({"rules": [{"fault": "rate-limit"}]}))
        .await
        .ok();
    assert_eq!(sandbox.ask("/v1/payment_intents").await.error().2, "rate_limit");
    assert_eq!(
        sandbox.get("/v1/payments/x").await.refusal(),
        (429, "TOO_MANY_REQUESTS")
    );
    let decline = json!({"rules": [{"fault": "decline=insufficient_funds"}]});
    sandbox.put("/sandbox/faults", decline).await.ok();
    assert_eq!(
        sandbox.tell("/v1/payment_intents", PAY).await.body["error"]["decline_code"],
        "insufficient_funds"
    );
    let key = sandbox.session("order-2", 1_000).await;
    assert_eq!(
        sandbox.confirm(&key, "order-2", 1_000).await.refusal(),
        (403, "REJECT_CARD_PAYMENT")
    );
}

#[tokio::test]
async fn a_rule_names_codes_of_the_provider_it_strikes() {
    let sandbox = Sandbox::start().await;
    for (endpoint, code, status) in [
        ("stripe_confirm", "insufficient_funds", 200),
        ("stripe_confirm", "REJECT_CARD_PAYMENT", 400),
        ("confirm", "REJECT_CARD_PAYMENT", 200),
        ("confirm", "insufficient_funds", 400),
    ] {
        let rule = json!({"rules": [{"fault": format!("decline={code}"), "endpoint": endpoint}]});
        assert_eq!(
            sandbox.put("/sandbox/faults", rule).await.status,
            status,
            "{endpoint} {code}"
        );
    }
    let shown = sandbox.get("/sandbox/faults").await.ok();
    assert_eq!(shown["stripe_codes"]["lost_card"], 402);
    let endpoints = shown["endpoints"].as_array().expect("endpoints");
    assert!(endpoints.contains(&json!("stripe_settle")) && endpoints.contains(&json!("confirm")));
}

#[tokio::test]
async fn time_and_the_buyer_are_struck_only_by_name() {
    let sandbox = Sandbox::start().await;
    let waiting = sandbox
        .pay("order-1", 1_000, "pm_card_authenticationRequired")
        .await
        .ok();
    let held = [
        ("amount", "1000"),
        ("currency", "krw"),
        ("metadata[order_id]", "order-2"),
        ("payment_method_types[]", "us_bank_account"),
        ("payment_method", "pm_usBankAccount_success"),
        ("confirm", "true"),
    ];
    let processing = sandbox.tell("/v1/payment_intents", &held).await.ok();
    let rules =
        json!({"rules": [{"fault": "decline=lost_card", "endpoint": "stripe_settle"}, {"fault": "error"}]});
    sandbox.put("/sandbox/faults", rules).await.ok();
    assert_eq!(
        sandbox.authenticate(&waiting, "succeed").await.ok()["status"],
        "succeeded"
    );
    sandbox.advance(601).await;
    send(sandbox.request(Method::DELETE, "/sandbox/faults")).await;
    let failed = sandbox
        .ask(&format!("/v1/payment_intents/{}", id(&processing)))
        .await
        .ok();
    assert_eq!(failed["last_payment_error"]["decline_code"], "lost_card");
}
