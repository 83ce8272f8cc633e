//! Cards that are declined.

use serde_json::{Value, json};

use crate::stripe::id;
use crate::support::Sandbox;

#[tokio::test]
async fn each_declining_card_declines_for_its_reason() {
    let sandbox = Sandbox::start().await;
    for (method, code, decline_code) in [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        (
            "pm_card_chargeDeclinedExpiredCard",
            "expired_card",
            "expired_card",
        ),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_cvc",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
        ),
    ] {
        let declined = sandbox.pay(method, 1_000, method).await;
        assert_eq!(declined.error(), (402, "card_error", code), "{method}");
        let error = &declined.body["error"];
        assert_eq!(error["decline_code"], decline_code, "{method}");
        assert!(error["charge"].is_string() && error["payment_method"]["card"]["last4"].is_string());
        let intent = &error["payment_intent"];
        assert_eq!(
            (&intent["status"], &intent["payment_method"]),
            (&json!("requires_payment_method"), &Value::Null)
        );
        assert_eq!(intent["last_payment_error"]["decline_code"], decline_code);
        assert_eq!(intent["latest_charge"], error["charge"]);
        assert_eq!(sandbox.ledger(method).await, (0, 0, 0, 0));
        let tries = sandbox
            .list(&format!("/v1/charges?payment_intent={}", id(intent)))
            .await;
        assert_eq!((tries.len(), &tries[0]["status"]), (1, &json!("failed")));
        assert_eq!(tries[0]["outcome"]["reason"], decline_code);
    }
}

#[tokio::test]
async fn another_card_may_pay_after_a_decline() {
    let sandbox = Sandbox::start().await;
    let declined = sandbox.pay("order-1", 1_000, "pm_card_chargeDeclined").await;
    let intent = &declined.body["error"]["payment_intent"];
    let path = format!("/v1/payment_intents/{}/confirm", id(intent));
    assert_eq!(
        sandbox.tell(&path, &[]).await.error().2,
        "payment_intent_unexpected_state"
    );
    let paid = sandbox
        .tell(&path, &[("payment_method", "pm_card_mastercard")])
        .await
        .ok();
    assert_eq!(
        (&paid["status"], &paid["last_payment_error"]),
        (&json!("succeeded"), &Value::Null)
    );
    assert_ne!(paid["latest_charge"], intent["latest_charge"]);
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn without_the_buyer_a_card_that_wants_authentication_is_declined() {
    let sandbox = Sandbox::start().await;
    for field in ["off_session", "error_on_requires_action"] {
        let more = [
            ("payment_method", "pm_card_authenticationRequired"),
            ("confirm", "true"),
            (field, "true"),
        ];
        let declined = sandbox.intent(field, 1_000, &more).await;
        assert_eq!(
            declined.error(),
            (402, "card_error", "authentication_required"),
            "{field}"
        );
        assert_eq!(declined.body["error"]["decline_code"], "authentication_required");
    }
}

#[tokio::test]
async fn authentication_does_not_save_from_a_decline() {
    let sandbox = Sandbox::start().await;
    let method = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds";
    let waiting = sandbox.pay("order-1", 1_000, method).await.ok();
    let declined = sandbox.authenticate(&waiting, "succeed").await.ok();
    assert_eq!(declined["status"], "requires_payment_method");
    assert_eq!(
        declined["last_payment_error"]["decline_code"],
        "insufficient_funds"
    );
}

#[tokio::test]
async fn a_fault_declines_any_card_for_any_reason() {
    let sandbox = Sandbox::start().await;
    let fields = [
        ("amount", "1000"),
        ("currency", "krw"),
        ("payment_method_types[]", "card"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    for (fault, decline_code) in [
        ("decline", "generic_decline"),
        ("decline=do_not_honor", "do_not_honor"),
    ] {
        let declined = sandbox.tell_with("/v1/payment_intents", &fields, fault).await;
        assert_eq!(declined.error(), (402, "card_error", "card_declined"), "{fault}");
        assert_eq!(declined.body["error"]["decline_code"], decline_code);
    }
    let unknown = sandbox
        .tell_with("/v1/payment_intents", &fields, "decline=REJECT_CARD_PAYMENT")
        .await;
    assert_eq!(unknown.error().0, 400);
}
