//! Idempotency keys at Stripe.

use tokio::task::JoinSet;

use crate::stripe::{Fields, id};
use crate::support::{Answer, Sandbox, send};

const KEY: (&str, &str) = ("Idempotency-Key", "k-1");
const PAY: Fields<'static> = &[
    ("amount", "1000"),
    ("currency", "krw"),
    ("payment_method_types[]", "card"),
    ("metadata[order_id]", "order-1"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

async fn pay(sandbox: &Sandbox, fault: &str) -> Answer {
    let request = sandbox.form("/v1/payment_intents", PAY).header(KEY.0, KEY.1);
    send(request.header("X-Sandbox-Fault", fault)).await
}

#[tokio::test]
async fn the_second_request_gets_the_first_answer_and_says_so() {
    let sandbox = Sandbox::start().await;
    let first = sandbox
        .form("/v1/payment_intents", PAY)
        .header(KEY.0, KEY.1)
        .send()
        .await
        .expect("an answer");
    assert_eq!(first.headers()["idempotency-key"], "k-1");
    assert!(!first.headers().contains_key("idempotent-replayed"));
    let first = first.text().await.expect("text");
    let turned: Vec<_> = PAY.iter().rev().copied().collect();
    let second = sandbox
        .form("/v1/payment_intents", &turned)
        .header(KEY.0, KEY.1)
        .send()
        .await
        .expect("an answer");
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.text().await.expect("text"), first);
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn other_parameters_or_another_path_are_another_request() {
    let sandbox = Sandbox::start().await;
    let paid = pay(&sandbox, "").await.ok();
    let other = [PAY, &[("description", "x")]].concat();
    let other = sandbox.form("/v1/payment_intents", &other).header(KEY.0, KEY.1);
    assert_eq!(send(other).await.error(), (400, "idempotency_error", ""));
    let refund = sandbox
        .form("/v1/refunds", &[("payment_intent", id(&paid))])
        .header(KEY.0, KEY.1);
    assert_eq!(send(refund).await.error(), (400, "idempotency_error", ""));
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn a_twin_in_flight_is_refused() {
    let sandbox = Sandbox::start().await;
    let twins: JoinSet<_> = (0..2)
        .map(|_| {
            let request = sandbox.form("/v1/payment_intents", PAY).header(KEY.0, KEY.1);
            send(request.header("X-Sandbox-Fault", "slow=1000"))
        })
        .collect();
    let mut answers = twins.join_all().await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 200);
    assert_eq!(
        answers[1].error(),
        (409, "idempotency_error", "idempotency_key_in_use")
    );
    assert_eq!(pay(&sandbox, "").await, answers.swap_remove(0));
}

#[tokio::test]
async fn a_decline_and_a_failure_are_kept() {
    for (fault, status, captured) in [
        ("decline", 402, 0),
        ("error", 500, 0),
        ("error-after", 500, 1_000),
    ] {
        let sandbox = Sandbox::start().await;
        let first = pay(&sandbox, fault).await;
        assert_eq!(first.status, status, "{fault}");
        assert_eq!(pay(&sandbox, "").await, first, "{fault}");
        assert_eq!(sandbox.ledger("order-1").await.0, captured, "{fault}");
    }
}

#[tokio::test]
async fn what_never_began_is_not_kept() {
    let sandbox = Sandbox::start().await;
    for fault in ["rate-limit", "error=lock_timeout", "error=rate_limit"] {
        assert_eq!(pay(&sandbox, fault).await.status, 429, "{fault}");
    }
    let wrong = sandbox
        .form("/v1/payment_intents", &[("amount", "x")])
        .header(KEY.0, KEY.1);
    assert_eq!(send(wrong).await.status, 400);
    assert_eq!(pay(&sandbox, "").await.status, 200);
}

#[tokio::test]
async fn a_key_lives_a_day_and_has_255_characters_at_most() {
    let sandbox = Sandbox::start().await;
    let first = pay(&sandbox, "").await.ok();
    sandbox.advance(86_400 - 60).await;
    assert_eq!(pay(&sandbox, "").await.ok(), first);
    sandbox.advance(120).await;
    assert_ne!(pay(&sandbox, "").await.ok()["id"], first["id"]);
    let long = sandbox
        .form("/v1/payment_intents", PAY)
        .header(KEY.0, "k".repeat(256));
    assert_eq!(send(long).await.error().0, 400);
}
