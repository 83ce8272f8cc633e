//! Customers, stored methods, and their setup.

use serde_json::{Value, json};

use crate::stripe::id;
use crate::support::Sandbox;

fn off_session<'a>(customer: &'a str, method: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("customer", customer),
        ("payment_method", method),
        ("confirm", "true"),
        ("off_session", "true"),
    ]
}

#[tokio::test]
async fn a_stored_card_pays_without_the_buyer_again_and_again() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.customer().await;
    let card = sandbox.stored(&customer, "pm_card_visa").await;
    let shown = sandbox.ask(&format!("/v1/payment_methods/{card}")).await.ok();
    assert_eq!(
        (&shown["customer"], &shown["type"]),
        (&json!(customer), &json!("card"))
    );
    for field in ["brand", "last4", "country"] {
        assert!(shown["card"][field].is_string(), "{field}");
    }
    for order in ["order-1", "order-2"] {
        let paid = sandbox
            .intent(order, 1_000, &off_session(&customer, &card))
            .await
            .ok();
        assert_eq!(
            (&paid["status"], &paid["payment_method"]),
            (&json!("succeeded"), &json!(card))
        );
    }
    let list = sandbox
        .list(&format!("/v1/payment_methods?customer={customer}&type=card"))
        .await;
    assert_eq!(list, [shown]);
    let mine = sandbox
        .list(&format!("/v1/payment_intents?customer={customer}"))
        .await;
    assert_eq!(mine.len(), 2);
}

#[tokio::test]
async fn a_card_belongs_to_its_customer_and_a_detached_one_to_nobody() {
    let sandbox = Sandbox::start().await;
    let (owner, stranger) = (sandbox.customer().await, sandbox.customer().await);
    let card = sandbox.stored(&owner, "pm_card_visa").await;
    assert_eq!(
        sandbox
            .intent("order-1", 1_000, &off_session(&stranger, &card))
            .await
            .error()
            .0,
        400
    );
    assert_eq!(sandbox.pay("order-1", 1_000, &card).await.error().0, 400);
    let path = format!("/v1/payment_methods/{card}");
    let attach = sandbox
        .tell(&format!("{path}/attach"), &[("customer", &stranger)])
        .await;
    assert_eq!(attach.error().0, 400);
    let detached = sandbox.tell(&format!("{path}/detach"), &[]).await.ok();
    assert_eq!(detached["customer"], Value::Null);
    assert_eq!(
        sandbox
            .intent("order-1", 1_000, &off_session(&owner, &card))
            .await
            .error()
            .0,
        400
    );
    assert_eq!(sandbox.tell(&format!("{path}/detach"), &[]).await.error().0, 400);
    assert_eq!(
        sandbox
            .tell(&format!("{path}/attach"), &[("customer", &owner)])
            .await
            .error()
            .0,
        400
    );
}

#[tokio::test]
async fn a_method_paid_with_once_is_used_up_unless_it_is_stored() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 1_000, "pm_card_visa").await.ok();
    let used = paid["payment_method"].as_str().expect("method");
    assert_eq!(sandbox.pay("order-2", 1_000, used).await.error().0, 400);
    let customer = sandbox.customer().await;
    let more = [
        ("customer", customer.as_str()),
        ("payment_method", "pm_card_visa"),
        ("setup_future_usage", "off_session"),
        ("confirm", "true"),
    ];
    let stored = sandbox.intent("order-3", 1_000, &more).await.ok();
    let method = stored["payment_method"].as_str().expect("method");
    let again = sandbox
        .intent("order-4", 1_000, &off_session(&customer, method))
        .await
        .ok();
    assert_eq!(again["status"], "succeeded");
}

#[tokio::test]
async fn a_card_that_declines_is_not_stored() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.customer().await;
    let declined = sandbox
        .tell(
            "/v1/payment_methods/pm_card_chargeDeclined/attach",
            &[("customer", &customer)],
        )
        .await;
    assert_eq!(declined.error(), (402, "card_error", "card_declined"));
    let late = sandbox.stored(&customer, "pm_card_chargeCustomerFail").await;
    let declined = sandbox
        .intent("order-1", 1_000, &off_session(&customer, &late))
        .await;
    assert_eq!(declined.error(), (402, "card_error", "card_declined"));
}

#[tokio::test]
async fn a_card_set_up_with_the_buyer_pays_without() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.customer().await;
    let alias = "pm_card_authenticationRequiredOnSetup";
    let bare = sandbox.stored(&customer, alias).await;
    let declined = sandbox
        .intent("order-1", 1_000, &off_session(&customer, &bare))
        .await;
    assert_eq!(declined.error().2, "authentication_required");

    let fields = [
        ("customer", customer.as_str()),
        ("payment_method", alias),
        ("confirm", "true"),
    ];
    let setup = sandbox.tell("/v1/setup_intents", &fields).await.ok();
    assert_eq!(setup["status"], "requires_action");
    let path = format!("/sandbox/stripe/setup_intents/{}/authenticate", id(&setup));
    let done = sandbox.post(&path, json!({"result": "succeed"})).await.ok();
    assert_eq!(done["status"], "succeeded");
    let method = done["payment_method"].as_str().expect("method");
    let paid = sandbox
        .intent("order-2", 1_000, &off_session(&customer, method))
        .await
        .ok();
    assert_eq!(paid["status"], "succeeded");
}

#[tokio::test]
async fn a_setup_goes_through_its_states() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.customer().await;
    let open = sandbox
        .tell("/v1/setup_intents", &[("customer", &customer)])
        .await
        .ok();
    assert_eq!(open["status"], "requires_payment_method");
    let path = format!("/v1/setup_intents/{}", id(&open));
    let confirm = format!("{path}/confirm");
    assert_eq!(
        sandbox.tell(&confirm, &[]).await.error().2,
        "setup_intent_unexpected_state"
    );
    let declined = sandbox
        .tell(&confirm, &[("payment_method", "pm_card_chargeDeclined")])
        .await;
    assert_eq!(declined.error(), (402, "card_error", "card_declined"));
    assert_eq!(
        declined.body["error"]["setup_intent"]["status"],
        "requires_payment_method"
    );
    let waiting = sandbox
        .tell(&confirm, &[("payment_method", "pm_card_authenticationRequired")])
        .await
        .ok();
    assert_eq!(waiting["status"], "requires_action");
    let authenticate = format!("/sandbox/stripe/setup_intents/{}/authenticate", id(&open));
    let failed = sandbox.post(&authenticate, json!({"result": "fail"})).await.ok();
    assert_eq!(
        failed["last_setup_error"]["code"],
        "setup_intent_authentication_failure"
    );
    let done = sandbox
        .tell(&confirm, &[("payment_method", "pm_card_visa")])
        .await
        .ok();
    assert_eq!(done["status"], "succeeded");
    assert_eq!(sandbox.ask(&path).await.ok(), done);
    assert_eq!(
        sandbox.tell(&confirm, &[]).await.error().2,
        "setup_intent_unexpected_state"
    );
    let stored = sandbox
        .list(&format!("/v1/payment_methods?customer={customer}"))
        .await;
    assert_eq!(stored.len(), 1);
}
