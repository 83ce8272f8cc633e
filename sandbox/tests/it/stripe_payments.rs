//! PaymentIntents from their making to their end.

use serde_json::{Value, json};

use crate::stripe::{form, id};
use crate::support::{Sandbox, send};

#[tokio::test]
async fn an_intent_made_and_confirmed_is_paid() {
    let sandbox = Sandbox::start().await;
    let open = sandbox.intent("order-1", 15_000, &[]).await.ok();
    for (field, value) in [
        ("object", json!("payment_intent")),
        ("status", json!("requires_payment_method")),
        ("amount", json!(15_000)),
        ("amount_received", json!(0)),
        ("currency", json!("krw")),
        ("capture_method", json!("automatic")),
        ("livemode", json!(false)),
        ("latest_charge", Value::Null),
        ("metadata", json!({"order_id": "order-1"})),
    ] {
        assert_eq!(open[field], value, "{field}");
    }
    assert!(
        open["client_secret"]
            .as_str()
            .is_some_and(|secret| secret.starts_with(id(&open)))
    );
    let path = format!("/v1/payment_intents/{}/confirm", id(&open));
    let paid = sandbox
        .tell(&path, &[("payment_method", "pm_card_visa")])
        .await
        .ok();
    assert_eq!(
        (&paid["status"], &paid["amount_received"]),
        (&json!("succeeded"), &json!(15_000))
    );
    let charge = sandbox
        .ask(&format!(
            "/v1/charges/{}",
            paid["latest_charge"].as_str().expect("a charge")
        ))
        .await
        .ok();
    assert_eq!(
        (&charge["status"], &charge["captured"]),
        (&json!("succeeded"), &json!(true))
    );
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    assert_eq!(charge["payment_intent"], paid["id"]);
    assert_eq!(
        sandbox
            .ask(&format!("/v1/payment_intents/{}", id(&open)))
            .await
            .ok(),
        paid
    );
    assert_eq!(sandbox.ledger("order-1").await, (15_000, 0, 15_000, 1));
    let again = sandbox.tell(&path, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(
        again.error(),
        (400, "invalid_request_error", "payment_intent_unexpected_state")
    );
    assert_eq!(again.body["error"]["payment_intent"]["status"], "succeeded");
}

#[tokio::test]
async fn the_buyer_confirms_with_the_client_secret_and_nothing_else() {
    let sandbox = Sandbox::start().await;
    let open = sandbox.intent("order-1", 1_000, &[]).await.ok();
    let secret = open["client_secret"].as_str().expect("secret");
    let url = format!("{}/v1/payment_intents/{}", sandbox.url, id(&open));
    let confirm = |secret: &str| {
        let fields = [("client_secret", secret), ("payment_method", "pm_card_visa")];
        let request = sandbox.client.post(format!("{url}/confirm"));
        send(
            request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form(&fields)),
        )
    };
    assert_eq!(confirm("pi_x_secret_y").await.status, 400);
    let bare = sandbox.client.post(format!("{url}/confirm"));
    assert_eq!(send(bare).await.error().0, 401);
    assert_eq!(confirm(secret).await.ok()["status"], "succeeded");
    let seen = sandbox
        .client
        .get(format!("{url}?client_secret={secret}"))
        .bearer_auth("pk_test_x");
    assert_eq!(send(seen).await.ok()["status"], "succeeded");
    let cancel = sandbox
        .client
        .post(format!("{url}/cancel"))
        .bearer_auth("pk_test_x");
    assert_eq!(send(cancel).await.error().0, 401);
}

#[tokio::test]
async fn an_authorization_is_captured_in_part_and_once() {
    let sandbox = Sandbox::start().await;
    let more = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("capture_method", "manual"),
    ];
    let held = sandbox.intent("order-1", 10_000, &more).await.ok();
    assert_eq!(held["status"], "requires_capture");
    assert_eq!(
        (&held["amount_capturable"], &held["amount_received"]),
        (&json!(10_000), &json!(0))
    );
    assert_eq!(sandbox.ledger("order-1").await, (0, 0, 0, 0));
    let path = format!("/v1/payment_intents/{}/capture", id(&held));
    let over = sandbox.tell(&path, &[("amount_to_capture", "10001")]).await;
    assert_eq!(over.error(), (400, "invalid_request_error", "amount_too_large"));
    let paid = sandbox.tell(&path, &[("amount_to_capture", "7000")]).await.ok();
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(
        (&paid["amount_received"], &paid["amount_capturable"]),
        (&json!(7_000), &json!(0))
    );
    assert_eq!(
        sandbox.tell(&path, &[]).await.error().2,
        "payment_intent_unexpected_state"
    );
    assert_eq!(sandbox.ledger("order-1").await, (7_000, 0, 7_000, 1));
}

#[tokio::test]
async fn an_authorization_is_released_by_a_cancel_or_after_seven_days() {
    let sandbox = Sandbox::start().await;
    let more = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("capture_method", "manual"),
    ];
    let held = sandbox.intent("order-1", 1_000, &more).await.ok();
    let path = format!("/v1/payment_intents/{}/cancel", id(&held));
    let wrong = sandbox.tell(&path, &[("cancellation_reason", "boredom")]).await;
    assert_eq!(wrong.error().0, 400);
    let ended = sandbox
        .tell(&path, &[("cancellation_reason", "abandoned")])
        .await
        .ok();
    assert_eq!(
        (&ended["status"], &ended["cancellation_reason"]),
        (&json!("canceled"), &json!("abandoned"))
    );
    assert!(ended["canceled_at"].is_i64());
    assert_eq!(
        sandbox.tell(&path, &[]).await.error().2,
        "payment_intent_unexpected_state"
    );

    let forgotten = sandbox.intent("order-2", 1_000, &more).await.ok();
    sandbox.advance(7 * 86_400 + 1).await;
    let ended = sandbox
        .ask(&format!(
            "/v1/payment_intents/{}?expand[]=latest_charge",
            id(&forgotten)
        ))
        .await
        .ok();
    assert_eq!(
        (&ended["status"], &ended["cancellation_reason"]),
        (&json!("canceled"), &json!("automatic"))
    );
    assert_eq!(ended["latest_charge"]["refunded"], true);
    assert_eq!(sandbox.get("/sandbox/ledger").await.ok()["totals"]["captures"], 0);
}

#[tokio::test]
async fn the_buyer_authenticates_at_the_issuer_or_does_not() {
    let sandbox = Sandbox::start().await;
    let more = [
        ("payment_method", "pm_card_threeDSecure2Required"),
        ("confirm", "true"),
        ("return_url", "https://shop.test/back?x=1"),
    ];
    let waiting = sandbox.intent("order-1", 1_000, &more).await.ok();
    assert_eq!(waiting["status"], "requires_action");
    assert_eq!(waiting["next_action"]["type"], "redirect_to_url");
    let page = waiting["next_action"]["redirect_to_url"]["url"]
        .as_str()
        .expect("url");
    let shown = sandbox
        .client
        .get(page)
        .send()
        .await
        .expect("page")
        .text()
        .await
        .expect("text");
    assert!(shown.contains("1000 krw"), "{shown}");
    let failed = sandbox.authenticate(&waiting, "fail").await.ok();
    assert_eq!(
        (&failed["status"], &failed["next_action"]),
        (&json!("requires_payment_method"), &Value::Null)
    );
    assert_eq!(
        failed["last_payment_error"]["code"],
        "payment_intent_authentication_failure"
    );
    assert_eq!(sandbox.authenticate(&waiting, "succeed").await.error().0, 400);

    let waiting = sandbox.intent("order-2", 1_000, &more).await.ok();
    let paid = sandbox.authenticate(&waiting, "succeed").await.ok();
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(sandbox.ledger("order-2").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn the_issuers_page_leads_back_to_the_shop() {
    let sandbox = Sandbox::start().await;
    let more = [
        ("payment_method", "pm_card_authenticationRequired"),
        ("confirm", "true"),
        ("return_url", "https://shop.test/back?x=1"),
    ];
    let waiting = sandbox.intent("order-1", 1_000, &more).await.ok();
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("client");
    let answered = browser
        .post(format!(
            "{}/sandbox/stripe/authenticate/{}",
            sandbox.url,
            id(&waiting)
        ))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("result=succeed")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answered.status().as_u16(), 303);
    let back = answered.headers()["location"].to_str().expect("text");
    assert!(
        back.starts_with("https://shop.test/back?x=1&payment_intent=pi_"),
        "{back}"
    );
    assert!(back.ends_with("redirect_status=succeeded"), "{back}");
    assert_eq!(sandbox.ledger("order-1").await.0, 1_000);
}

#[tokio::test]
async fn a_bank_takes_its_time() {
    let sandbox = Sandbox::start().await;
    for (order, method, status) in [
        ("order-1", "pm_usBankAccount_success", "succeeded"),
        (
            "order-2",
            "pm_usBankAccount_insufficientFunds",
            "requires_payment_method",
        ),
    ] {
        let fields = [
            ("amount", "1000"),
            ("currency", "usd"),
            ("metadata[order_id]", order),
            ("payment_method_types[]", "us_bank_account"),
            ("payment_method", method),
            ("confirm", "true"),
        ];
        let waiting = sandbox.tell("/v1/payment_intents", &fields).await.ok();
        assert_eq!(waiting["status"], "processing", "{method}");
        assert_eq!(sandbox.ledger(order).await.0, 0);
        let cancel = sandbox
            .tell(&format!("/v1/payment_intents/{}/cancel", id(&waiting)), &[])
            .await;
        assert_eq!(cancel.error().2, "payment_intent_unexpected_state");
        sandbox.advance(601).await;
        let after = sandbox
            .ask(&format!("/v1/payment_intents/{}", id(&waiting)))
            .await
            .ok();
        assert_eq!(after["status"], status, "{method}");
    }
    let ledger = sandbox.get("/sandbox/ledger").await.ok();
    assert_eq!(ledger["providers"]["stripe"]["usd"]["captured"], 1_000);
    assert_eq!(
        (&ledger["orders"][0]["provider"], &ledger["orders"][0]["currency"]),
        (&json!("stripe"), &json!("usd"))
    );
}
