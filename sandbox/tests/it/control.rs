//! The sandbox's own switches and windows.

use reqwest::Method;
use serde_json::json;

use crate::support::{Sandbox, send};

#[tokio::test]
async fn it_says_that_it_runs_and_what_it_is() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.get("/health").await.ok()["status"], "ok");
    let rule = json!({"rules": [{"fault": "malformed", "order_id_prefix": "<script>"}]});
    sandbox.put("/sandbox/faults", rule).await.ok();
    let page = sandbox
        .request(Method::GET, "/")
        .send()
        .await
        .expect("page")
        .text()
        .await
        .expect("text");
    for part in [
        "Payment sandbox",
        "/v1/payments/confirm",
        "webhook-reorder",
        "malformed",
        "&lt;script&gt;",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script>"));
}

#[tokio::test]
async fn the_clock_moves_forward_only() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.get("/sandbox/clock").await.ok()["offset_seconds"], 0);
    let moved = sandbox
        .post("/sandbox/clock", json!({"advance_seconds": 3_600}))
        .await
        .ok();
    assert_eq!(moved["offset_seconds"], 3_600);
    assert!(
        moved["now_kst"]
            .as_str()
            .is_some_and(|now| now.ends_with("+09:00"))
    );
    for bad in [
        json!({"advance_seconds": -1}),
        json!({"advance_seconds": i64::MAX}),
        json!({"advance": 1}),
        json!(7),
    ] {
        assert_eq!(
            sandbox.post("/sandbox/clock", bad.clone()).await.status,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_ledger_is_kept_by_order() {
    let sandbox = Sandbox::start().await;
    for order in ["shop-a-1", "shop-a-2", "shop-b-1"] {
        sandbox.paid(order, 1_000).await;
    }
    let all = sandbox.get("/sandbox/ledger").await.ok();
    assert_eq!(all["orders"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        all["totals"],
        json!({"captured": 3_000, "refunded": 0, "balance": 3_000, "captures": 3, "refunds": 0})
    );
    assert_eq!(all["accounts"], json!({"buyer": -3_000, "shop": 3_000}));
    let some = sandbox.get("/sandbox/ledger?order_id_prefix=shop-a-").await.ok();
    assert_eq!(some["orders"].as_array().map(Vec::len), Some(2));
    let one = sandbox.get("/sandbox/ledger?order_id=shop-b-1").await.ok();
    let lines = one["postings"][0]["lines"].as_array().expect("lines").clone();
    let sum = |side: &str| {
        lines
            .iter()
            .map(|line| line[side].as_i64().unwrap_or_default())
            .sum::<i64>()
    };
    assert_eq!((sum("debit"), sum("credit")), (1_000, 1_000));
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let sandbox = Sandbox::start().await;
    for bad in [
        json!({"rules": [{"fault": "nonsense"}]}),
        json!({"rules": [{"fault": "error=NONSENSE"}]}),
        json!({"rules": [{"fault": "malformed", "endpoint": "nowhere"}]}),
        json!({"rules": [{"fault": "malformed", "probability": 2}]}),
        json!({"rules": [{"fault": "malformed", "typo": 1}]}),
        json!({"rule": []}),
    ] {
        let answer = sandbox.put("/sandbox/faults", bad.clone()).await;
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.body["error"].is_string(), "{bad}");
    }
    assert_eq!(sandbox.get("/sandbox/faults").await.ok()["rules"], json!([]));
}

#[tokio::test]
async fn a_reset_forgets_everything() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 1_000).await;
    sandbox.advance(60).await;
    sandbox
        .put(
            "/sandbox/faults",
            json!({"rules": [{"fault": "malformed", "endpoint": "cancel"}]}),
        )
        .await
        .ok();
    assert_eq!(
        send(sandbox.request(Method::POST, "/sandbox/reset")).await.status,
        204
    );
    let key = paid["paymentKey"].as_str().expect("key");
    assert_eq!(
        sandbox.get(&format!("/v1/payments/{key}")).await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
    assert_eq!(sandbox.get("/sandbox/ledger").await.ok()["totals"]["captured"], 0);
    assert_eq!(sandbox.get("/sandbox/clock").await.ok()["offset_seconds"], 0);
    assert_eq!(sandbox.get("/sandbox/faults").await.ok()["rules"], json!([]));
    assert_eq!(sandbox.paid("order-1", 1_000).await["status"], "DONE");
}
