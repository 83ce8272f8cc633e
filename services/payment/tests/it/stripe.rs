//! Payments at Stripe.

use serde_json::json;
use tonic::Code;
use xlcfi_contracts::payment::v1::{PaymentProvider, PaymentState, RetryAdvice};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_payment::{Config, Limits};
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{World, hasty, quick};

/// What may befall a call.
const FAULTS: [&str; 6] = [
    "reset-before",
    "reset-after",
    "error",
    "error-after",
    "malformed",
    "rate-limit",
];

#[tokio::test]
async fn a_buyer_authorises_and_the_money_is_taken() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let checkout = world.checkout(&order, PaymentProvider::Stripe).await.unwrap();
    assert_eq!(checkout.provider(), PaymentProvider::Stripe);
    assert!(!checkout.client_secret.is_empty());
    let again = world.checkout(&order, PaymentProvider::Stripe).await.unwrap();
    assert_eq!(
        again.payment_key, checkout.payment_key,
        "one checkout for one payment"
    );

    world.pg.browser(&checkout, "pm_card_visa").await;
    assert_eq!(
        world.pg.ledger(&order).await,
        (0, 0, 0),
        "authorised is not taken"
    );
    let payment = world
        .confirm_at_stripe(&order, &checkout.payment_key)
        .await
        .unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
    assert_eq!(payment.provider(), PaymentProvider::Stripe);
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(world.clearing(&order).await, 15_000);
    let again = world
        .confirm_at_stripe(&order, &checkout.payment_key)
        .await
        .unwrap();
    assert_eq!(again, payment);
}

#[tokio::test]
async fn what_the_buyer_has_not_authorised_is_not_taken() {
    let world = World::start().await;
    let (order, other) = (world.waiting(15_000).await, world.waiting(15_000).await);
    let checkout = world.checkout(&order, PaymentProvider::Stripe).await.unwrap();
    let foreign = world.authorised(&other, "pm_card_visa").await;
    for key in [checkout.payment_key.as_str(), "pi_nothing", foreign.as_str()] {
        assert_refused(
            world.confirm_at_stripe(&order, key).await,
            Code::FailedPrecondition,
            "PAYMENT_NOT_CONFIRMABLE",
        );
    }
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::AwaitingBuyer
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
    assert_eq!(world.pg.ledger(&other).await, (0, 0, 0));
}

#[tokio::test]
async fn a_card_that_asks_for_its_owner_is_taken_once_they_proved_who_they_are() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.authorised(&order, "pm_card_threeDSecureRequired").await;
    assert_eq!(world.pg.intent(&key).await["status"], "requires_action");
    assert_refused(
        world.confirm_at_stripe(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_CONFIRMABLE",
    );
    let path = format!("/sandbox/stripe/payment_intents/{key}/authenticate");
    world.pg.post(&path, json!({"result": "succeed"})).await;
    let payment = world.confirm_at_stripe(&order, &key).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
}

#[tokio::test]
async fn a_stored_card_is_charged_and_given_back() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world
        .stored_at_stripe(&order.buyer, "pm_card_visa")
        .await
        .unwrap();
    assert_eq!(
        (method.label.as_str(), method.provider()),
        ("Visa ****-4242", PaymentProvider::Stripe)
    );
    world.take(&order, &method.payment_method_id).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
    assert_eq!(world.clearing(&order).await, 0);
}

#[tokio::test]
async fn a_decline_says_why_and_what_may_be_done() {
    let world = World::start().await;
    for (card, reason, advice) in [
        ("pm_card_chargeCustomerFail", "REFUSED", RetryAdvice::OtherMethod),
        (
            "pm_card_authenticationRequired",
            "AUTHENTICATION_NEEDED",
            RetryAdvice::Authenticate,
        ),
    ] {
        let order = world.order(15_000);
        let method = world.stored_at_stripe(&order.buyer, card).await.unwrap();
        world.take(&order, &method.payment_method_id).await;
        world
            .until_said(&order, &[(Direction::Do, "PAYMENT_DECLINED")])
            .await;
        let payment = world.payment(&order).await.unwrap();
        assert_eq!(payment.state(), PaymentState::Failed);
        assert_eq!(
            (payment.decline_reason.as_str(), payment.retry_advice()),
            (reason, advice)
        );
        assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
    }
}

#[tokio::test]
async fn a_card_that_cannot_be_kept_is_refused() {
    let world = World::start().await;
    let buyer = xlcfi_testkit::user();
    for card in ["pm_card_chargeDeclinedLostCard", "pm_nothing"] {
        assert_refused(
            world.stored_at_stripe(&buyer, card).await,
            Code::FailedPrecondition,
            "PAYMENT_METHOD_REFUSED",
        );
    }
}

#[tokio::test]
async fn a_capture_struck_by_any_fault_happens_once() {
    let world = World::with(hasty()).await;
    for fault in FAULTS {
        let order = world.waiting(15_000).await;
        let key = world.authorised(&order, "pm_card_visa").await;
        world.pg.strike(fault, "stripe_capture", 1).await;
        world.confirm_at_stripe(&order, &key).await.unwrap();
        world.until(&order, PaymentState::Captured).await;
        assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
        assert_eq!(world.clearing(&order).await, 15_000, "{fault}");
    }
}

#[tokio::test]
async fn a_charge_struck_by_any_fault_happens_once() {
    let world = World::with(hasty()).await;
    for fault in FAULTS {
        let order = world.order(15_000);
        let method = world
            .stored_at_stripe(&order.buyer, "pm_card_visa")
            .await
            .unwrap();
        world.pg.strike(fault, "stripe_create", 1).await;
        world.take(&order, &method.payment_method_id).await;
        world.until(&order, PaymentState::Captured).await;
        assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_refund_struck_by_any_fault_happens_once() {
    let world = World::with(hasty()).await;
    for fault in FAULTS {
        let order = world.paid_at_stripe(15_000).await;
        world.pg.strike(fault, "stripe_refund", 1).await;
        world.cancel(&order).await;
        world.until(&order, PaymentState::Refunded).await;
        assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_checkout_nobody_is_to_pay_by_is_closed() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.authorised(&order, "pm_card_visa").await;
    let widget = world.pg.session(&order, "APPROVE").await;
    world.confirm(&order, &widget).await.unwrap();
    eventually(async || (world.pg.intent(&key).await["status"] == "canceled").then_some(())).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn while_one_pg_is_down_new_payments_go_to_the_other() {
    let limits = Limits {
        tries: 1,
        fewest_calls: 2,
        ..quick().limits
    };
    let world = World::with(Config { limits, ..hasty() }).await;
    let order = world.waiting(15_000).await;
    let first = world
        .checkout(&order, PaymentProvider::Unspecified)
        .await
        .unwrap();
    assert_eq!(first.provider(), PaymentProvider::Toss);

    let (stuck, widget) = (world.waiting(9_000).await, "refused-before-it-was-read");
    world.pg.strike("error", "confirm", 100).await;
    world
        .pg
        .strike_all(json!([
            {"fault": "error", "endpoint": "confirm", "times": 100},
            {"fault": "error", "endpoint": "get_payment", "times": 100},
        ]))
        .await;
    let broken = world.pg.session(&stuck, "APPROVE").await;
    world.confirm(&stuck, &broken).await.unwrap();
    // The circuit of Toss opens; the buyer of another order is sent to Stripe.
    let checkout = eventually(async || {
        let checkout = world
            .checkout(&order, PaymentProvider::Unspecified)
            .await
            .unwrap();
        (checkout.provider() == PaymentProvider::Stripe).then_some(checkout)
    })
    .await;
    // What Toss was certainly not asked is given up for Stripe.
    let pending = world.confirm(&order, widget).await.unwrap();
    assert_eq!(pending.state(), PaymentState::Pending);
    world.pg.browser(&checkout, "pm_card_visa").await;
    let paid = eventually(async || world.confirm_at_stripe(&order, &checkout.payment_key).await.ok()).await;
    assert_eq!(
        (paid.state(), paid.provider()),
        (PaymentState::Captured, PaymentProvider::Stripe)
    );
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}
