//! Each fault, by header and by rule.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Sandbox, confirm_body, eventually, send};

const KEY: (&str, &str) = ("Idempotency-Key", "k-1");

/// How a connection without an answer ended.
#[derive(Debug, PartialEq)]
enum End {
    Closed,
    Reset,
}

/// Confirms over a bare socket, where a close and a reset can be told apart.
async fn confirm_raw(sandbox: &Sandbox, payment_key: &str, fault: &str) -> End {
    use base64::Engine;
    let body = confirm_body(payment_key, "order-1", 1_000).to_string();
    let basic = base64::engine::general_purpose::STANDARD.encode("test_sk_sandbox:");
    let request = format!(
        "POST /v1/payments/confirm HTTP/1.1\r\nhost: x\r\nauthorization: Basic {basic}\r\nidempotency-key: k-1\r\n\
         x-sandbox-fault: {fault}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let address = sandbox.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.write_all(request.as_bytes()).await.expect("write");
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        Ok(0) => End::Closed,
        Ok(_) => panic!("an answer: {}", String::from_utf8_lossy(&answer)),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            End::Reset
        }
    }
}

#[tokio::test]
async fn a_lost_request_has_no_effect_and_a_lost_answer_has() {
    for (fault, end, captured) in [
        ("timeout-before=50", End::Closed, 0),
        ("timeout-after=50", End::Closed, 1_000),
        ("reset-before", End::Reset, 0),
        ("reset-after", End::Reset, 1_000),
    ] {
        let sandbox = Sandbox::start().await;
        let key = sandbox.session("order-1", 1_000).await;
        assert_eq!(confirm_raw(&sandbox, &key, fault).await, end, "{fault}");
        assert_eq!(sandbox.ledger("order-1").await.0, captured, "{fault}");
        let retry = send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY])).await;
        assert_eq!(retry.ok()["status"], "DONE", "{fault}");
        assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1), "{fault}");
        let other_key = [("Idempotency-Key", "k-2")];
        let again = send(sandbox.confirm_with(&key, "order-1", 1_000, &other_key)).await;
        assert_eq!(again.refusal(), (400, "ALREADY_PROCESSED_PAYMENT"), "{fault}");
    }
}

#[tokio::test]
async fn a_timeout_holds_the_connection() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let held = sandbox.confirm_with(&key, "order-1", 1_000, &[("X-Sandbox-Fault", "timeout-after")]);
    let error = held
        .timeout(Duration::from_millis(300))
        .send()
        .await
        .expect_err("no answer");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(sandbox.ledger("order-1").await.0, 1_000);
}

#[tokio::test]
async fn errors_before_and_after_the_effect() {
    for (fault, status, code, captured) in [
        ("error", 500, "FAILED_INTERNAL_SYSTEM_PROCESSING", 0),
        ("error=PROVIDER_ERROR", 400, "PROVIDER_ERROR", 0),
        ("error-after", 500, "FAILED_INTERNAL_SYSTEM_PROCESSING", 1_000),
        (
            "error-after=UNKNOWN_PAYMENT_ERROR",
            500,
            "UNKNOWN_PAYMENT_ERROR",
            1_000,
        ),
        ("rate-limit", 429, "TOO_MANY_REQUESTS", 0),
    ] {
        let sandbox = Sandbox::start().await;
        let key = sandbox.session("order-1", 1_000).await;
        let struck =
            send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY, ("X-Sandbox-Fault", fault)])).await;
        assert_eq!(struck.refusal(), (status, code), "{fault}");
        assert_eq!(sandbox.ledger("order-1").await.0, captured, "{fault}");
        let retry = send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY])).await;
        assert_eq!(retry.ok()["status"], "DONE", "{fault}");
    }
}

#[tokio::test]
async fn a_malformed_answer_hides_a_payment_that_happened() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let struck = sandbox.confirm_with(&key, "order-1", 1_000, &[("X-Sandbox-Fault", "malformed")]);
    let response = struck.send().await.expect("answer");
    assert_eq!(response.status().as_u16(), 200);
    let text = response.text().await.expect("text");
    assert!(
        text.starts_with('{') && serde_json::from_str::<serde_json::Value>(&text).is_err(),
        "{text}"
    );
    assert_eq!(sandbox.ledger("order-1").await.0, 1_000);
}

#[tokio::test]
async fn a_slow_answer_is_a_true_answer() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let begun = Instant::now();
    let slow = send(sandbox.confirm_with(&key, "order-1", 1_000, &[("X-Sandbox-Fault", "slow=200")])).await;
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(slow.ok()["status"], "DONE");
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_work() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let slow = sandbox.confirm_with(&key, "order-1", 1_000, &[("X-Sandbox-Fault", "slow=300")]);
    assert!(slow.timeout(Duration::from_millis(100)).send().await.is_err());
    eventually("the capture", async || {
        (sandbox.ledger("order-1").await.0 == 1_000).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_issuer_declines_for_a_reason() {
    let sandbox = Sandbox::start().await;
    for (number, (fault, status, code)) in [
        ("decline", 403, "REJECT_CARD_PAYMENT"),
        ("decline=REJECT_CARD_COMPANY", 403, "REJECT_CARD_COMPANY"),
        (
            "decline=INVALID_CARD_LOST_OR_STOLEN",
            400,
            "INVALID_CARD_LOST_OR_STOLEN",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let order = format!("order-{number}");
        let key = sandbox.session(&order, 1_000).await;
        let struck = send(sandbox.confirm_with(&key, &order, 1_000, &[("X-Sandbox-Fault", fault)])).await;
        assert_eq!(struck.refusal(), (status, code));
        let aborted = sandbox.get(&format!("/v1/payments/{key}")).await.ok();
        assert_eq!(
            (&aborted["status"], &aborted["failure"]["code"]),
            (&json!("ABORTED"), &json!(code))
        );
    }
}

#[tokio::test]
async fn a_refund_an_account_and_a_card_can_be_declined_too() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 1_000).await;
    let struck = |path: String| {
        sandbox
            .request(Method::POST, &path)
            .header("X-Sandbox-Fault", "decline")
    };
    let path = format!(
        "/v1/payments/{}/cancel",
        paid["paymentKey"].as_str().expect("key")
    );
    let refund = struck(path).json(&json!({"cancelReason": "품절"}));
    assert_eq!(send(refund).await.refusal(), (400, "REFUND_REJECTED"));
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
    let account =
        json!({"amount": 1_000, "orderId": "order-2", "orderName": "쌀", "customerName": "김", "bank": "20"});
    let account = struck("/v1/virtual-accounts".to_owned()).json(&account);
    assert_eq!(send(account).await.refusal(), (403, "NOT_AVAILABLE_BANK"));
    let auth = sandbox
        .post("/v1/billing-sessions", json!({"customerKey": "buyer-1"}))
        .await
        .ok();
    let card = struck("/v1/billing/authorizations/issue".to_owned());
    let card = card.json(&json!({"authKey": auth["authKey"], "customerKey": "buyer-1"}));
    assert_eq!(send(card).await.refusal(), (403, "REJECT_CARD_COMPANY"));
}

#[tokio::test]
async fn a_rule_strikes_what_it_names_as_often_as_it_says() {
    let sandbox = Sandbox::start().await;
    let rules = json!({"seed": 7, "rules": [
        {"fault": "error", "endpoint": "confirm", "order_id_prefix": "chaos-", "times": 1},
        {"fault": "decline", "endpoint": "cancel", "min_amount": 500, "max_amount": 600},
    ]});
    sandbox.put("/sandbox/faults", rules).await.ok();
    let chaos = sandbox.session("chaos-1", 1_000).await;
    assert_eq!(sandbox.confirm(&chaos, "chaos-1", 1_000).await.status, 500);
    assert_eq!(sandbox.confirm(&chaos, "chaos-1", 1_000).await.status, 200);
    let calm = sandbox.paid("calm-1", 1_000).await;
    let key = calm["paymentKey"].as_str().expect("key");
    assert_eq!(
        sandbox.cancel(key, json!({"cancelAmount": 550})).await.refusal(),
        (400, "REFUND_REJECTED")
    );
    assert_eq!(
        sandbox.cancel(key, json!({"cancelAmount": 100})).await.status,
        200
    );
    let shown = sandbox.get("/sandbox/faults").await.ok();
    assert_eq!(
        (&shown["rules"][0]["matched"], &shown["rules"][0]["fired"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(shown["rules"][1]["fired"], 1);
    let seen = sandbox.get("/sandbox/requests?order_id=chaos-1").await.ok();
    assert_eq!(seen["requests"][1]["fault"], "error");
    assert_eq!(
        send(sandbox.request(Method::DELETE, "/sandbox/faults"))
            .await
            .status,
        204
    );
    assert_eq!(
        sandbox.cancel(key, json!({"cancelAmount": 550})).await.status,
        200
    );
}

#[tokio::test]
async fn a_rule_with_a_chance_strikes_alike_in_two_runs() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start().await;
        let rule = json!({"fault": "rate-limit", "endpoint": "get_order", "probability": 0.5});
        sandbox
            .put("/sandbox/faults", json!({"seed": 11, "rules": [rule]}))
            .await
            .ok();
        let mut struck = Vec::new();
        for _ in 0..40 {
            struck.push(sandbox.get("/v1/payments/orders/order-1").await.status);
        }
        runs.push(struck);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&429) && runs[0].contains(&404));
}

#[tokio::test]
async fn a_header_replaces_the_rules_and_must_make_sense() {
    let sandbox = Sandbox::start().await;
    sandbox
        .put("/sandbox/faults", json!({"rules": [{"fault": "rate-limit"}]}))
        .await
        .ok();
    let ask = |fault: &str| {
        send(
            sandbox
                .request(Method::GET, "/v1/payments/x")
                .header("X-Sandbox-Fault", fault),
        )
    };
    assert_eq!(ask("slow=1").await.refusal(), (404, "NOT_FOUND_PAYMENT"));
    assert_eq!(ask("nonsense").await.refusal(), (400, "INVALID_SANDBOX_FAULT"));
    assert_eq!(
        ask("error=NONSENSE").await.refusal(),
        (400, "INVALID_SANDBOX_FAULT")
    );
    assert_eq!(sandbox.get("/v1/payments/x").await.status, 429);
    let key = sandbox.session("order-1", 1_000).await;
    assert_eq!(sandbox.confirm(&key, "order-1", 1_000).await.status, 429);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_held_connections() {
    let sandbox = Sandbox::start().await;
    let held = sandbox
        .request(Method::GET, "/v1/payments/x")
        .header("X-Sandbox-Fault", "timeout-before");
    let held = tokio::spawn(held.send());
    eventually("the held request", async || {
        let seen = sandbox.get("/sandbox/requests").await.ok();
        (!seen["requests"].as_array().expect("requests").is_empty()).then_some(())
    })
    .await;
    let begun = Instant::now();
    sandbox.stop().await.expect("stopped");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(held.await.expect("task").is_err());
}
