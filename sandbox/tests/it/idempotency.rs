//! Idempotency keys.

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Sandbox, send};

const KEY: (&str, &str) = ("Idempotency-Key", "k-1");

#[tokio::test]
async fn the_second_request_gets_the_first_answer_whatever_its_body() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let first = send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY])).await;
    let second = send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY])).await;
    let other = send(sandbox.confirm_with("nonsense", "nonsense", 7, &[KEY])).await;
    assert_eq!((first.status, &first), (200, &second));
    assert_eq!(first, other);
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
    let seen = sandbox.get("/sandbox/requests?order_id=order-1").await.ok();
    let replayed: Vec<_> = seen["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .filter(|seen| seen["endpoint"] == "confirm")
        .map(|seen| seen["replayed"].as_bool())
        .collect();
    assert_eq!(replayed, [Some(false), Some(true)]);
}

#[tokio::test]
async fn a_cancel_with_one_key_gives_back_once() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 10_000).await;
    let path = format!(
        "/v1/payments/{}/cancel",
        paid["paymentKey"].as_str().expect("key")
    );
    let body = json!({"cancelReason": "품절", "cancelAmount": 3_000});
    let cancel = || {
        send(
            sandbox
                .request(Method::POST, &path)
                .header(KEY.0, KEY.1)
                .json(&body),
        )
    };
    let first = cancel().await;
    assert_eq!(first.status, 200);
    assert_eq!(cancel().await, first);
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 3_000, 7_000, 1));
}

#[tokio::test]
async fn the_same_key_on_another_path_is_another_request() {
    let sandbox = Sandbox::start().await;
    let (one, two) = (
        sandbox.paid("order-1", 1_000).await,
        sandbox.paid("order-2", 1_000).await,
    );
    for paid in [one, two] {
        let path = format!(
            "/v1/payments/{}/cancel",
            paid["paymentKey"].as_str().expect("key")
        );
        let request = sandbox.request(Method::POST, &path).header(KEY.0, KEY.1);
        assert_eq!(
            send(request.json(&json!({"cancelReason": "품절"}))).await.ok()["orderId"],
            paid["orderId"]
        );
    }
}

#[tokio::test]
async fn a_twin_in_flight_is_told_to_ask_again() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let slow = [KEY, ("X-Sandbox-Fault", "slow=1000")];
    let twins: JoinSet<_> = (0..2)
        .map(|_| send(sandbox.confirm_with(&key, "order-1", 1_000, &slow)))
        .collect();
    let mut answers = twins.join_all().await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 200);
    assert_eq!(answers[1].refusal(), (409, "IDEMPOTENT_REQUEST_PROCESSING"));
    assert_eq!(
        send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY])).await,
        answers.swap_remove(0)
    );
}

#[tokio::test]
async fn fifty_at_once_with_one_key_charge_once() {
    let sandbox = Sandbox::start().await;
    let card = sandbox.billing_key("buyer-1", "APPROVE").await;
    let path = format!("/v1/billing/{card}");
    let body = json!({"customerKey": "buyer-1", "amount": 5_000, "orderId": "order-1", "orderName": "쌀"});
    let charges: JoinSet<_> = (0..50)
        .map(|_| {
            send(
                sandbox
                    .request(Method::POST, &path)
                    .header(KEY.0, KEY.1)
                    .json(&body),
            )
        })
        .collect();
    let answers = charges.join_all().await;
    let paid: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!paid.is_empty() && paid.iter().all(|answer| *answer == paid[0]));
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 || answer.status == 409)
    );
    assert_eq!(sandbox.ledger("order-1").await, (5_000, 0, 5_000, 1));
}

#[tokio::test]
async fn a_final_refusal_is_kept_and_a_passing_one_is_not() {
    let sandbox = Sandbox::start().await;
    let decline = json!({"orderId": "order-1", "orderName": "쌀", "amount": 1_000, "behavior": "DECLINE"});
    let declined = sandbox.session_of(decline).await;
    for _ in 0..2 {
        let answer = send(sandbox.confirm_with(&declined, "order-1", 1_000, &[KEY])).await;
        assert_eq!(answer.refusal(), (403, "REJECT_CARD_PAYMENT"));
    }
    let key = sandbox.session("order-2", 1_000).await;
    let again = ("Idempotency-Key", "k-2");
    for fault in [
        "error",
        "error=PROVIDER_ERROR",
        "error=FORBIDDEN_CONSECUTIVE_REQUEST",
        "rate-limit",
    ] {
        let struck =
            send(sandbox.confirm_with(&key, "order-2", 1_000, &[again, ("X-Sandbox-Fault", fault)])).await;
        assert_ne!(struck.status, 200, "{fault}");
    }
    assert_eq!(
        send(sandbox.confirm_with(&key, "order-2", 1_000, &[again]))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_key_lives_fifteen_days() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let confirm = || send(sandbox.confirm_with(&key, "order-1", 1_000, &[KEY]));
    assert_eq!(confirm().await.status, 200);
    sandbox.advance(15 * 86_400 - 60).await;
    assert_eq!(confirm().await.status, 200);
    sandbox.advance(120).await;
    assert_eq!(confirm().await.refusal(), (400, "ALREADY_PROCESSED_PAYMENT"));
}

#[tokio::test]
async fn a_key_has_three_hundred_characters_at_most_and_matters_for_posts_only() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let long = "k".repeat(301);
    let refused = send(sandbox.confirm_with(&key, "order-1", 1_000, &[("Idempotency-Key", &long)])).await;
    assert_eq!(refused.refusal(), (400, "INVALID_IDEMPOTENCY_KEY"));
    let fits = send(sandbox.confirm_with(&key, "order-1", 1_000, &[("Idempotency-Key", &long[1..])])).await;
    assert_eq!(fits.status, 200);
    let question = sandbox
        .request(Method::GET, &format!("/v1/payments/{key}"))
        .header("Idempotency-Key", &long);
    assert_eq!(send(question).await.status, 200);
}
