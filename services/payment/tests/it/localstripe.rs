//! Payments at localstripe, a double of Stripe that others made and that remembers.
//! It does not list payments by their customer, nor movements by their time.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tonic::Code;
use xlcfi_contracts::payment::v1::{
    PaymentProvider, PaymentState, RefundState, RemovePaymentMethodRequest, RetryAdvice,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{Program, assert_refused, eventually};

use crate::refunds;
use crate::world::{Order, World};

/// localstripe, as the shop and its buyers see it past the service.
struct Theirs {
    program: Program,
    client: reqwest::Client,
}

impl Theirs {
    async fn start() -> (Self, World) {
        xlcfi_service::choose_tls();
        let program = Program::start("localstripe", &[]).await;
        let world = World::with_stripe_at(program.url()).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        (Self { program, client }, world)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.bearer_auth("sk_test_past_us").send().await.unwrap();
        assert!(
            response.status().is_success(),
            "{}",
            response.text().await.unwrap()
        );
        response.json().await.unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.program.url());
        self.send(self.client.get(url)).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.program.url());
        self.send(self.client.post(url).form(fields)).await
    }

    /// Has webhooks sent to an address, signed with a secret.
    async fn tell(&self, name: &str, url: &str, secret: &str) {
        let path = format!("{}/_config/webhooks/{name}", self.program.url());
        let body = json!({"url": url, "secret": secret});
        self.send(self.client.post(path).json(&body)).await;
    }

    async fn intent(&self, key: &str) -> Value {
        self.get(&format!("/v1/payment_intents/{key}")).await
    }

    async fn intent_of(&self, order: &Order) -> Value {
        let all = self.get("/v1/payment_intents?limit=100").await;
        let mut all = all["data"].as_array().unwrap().iter();
        let of_order = |intent: &&Value| intent["metadata"]["order_id"] == order.id.to_string();
        all.find(of_order).unwrap().clone()
    }

    /// What Stripe's script in the buyer's browser does with a card.
    async fn browser(&self, key: &str, card: &str) {
        let intent = format!("/v1/payment_intents/{key}");
        self.post(&intent, &[("payment_method", card)]).await;
        self.post(&format!("{intent}/confirm"), &[]).await;
    }

    /// A checkout of an order: the key and the secret of its intent.
    async fn checkout(&self, world: &World, order: &Order) -> (String, String) {
        let checkout = world.checkout(order, PaymentProvider::Stripe).await.unwrap();
        (checkout.payment_key, checkout.client_secret)
    }
}

#[tokio::test]
async fn a_buyer_authorises_at_localstripe_and_the_money_is_taken() {
    let (theirs, world) = Theirs::start().await;
    let (order, other) = (world.waiting(15_001).await, world.waiting(15_001).await);
    let (key, _) = theirs.checkout(&world, &order).await;
    let (foreign, _) = theirs.checkout(&world, &other).await;
    theirs.browser(&foreign, "pm_card_visa").await;
    for key in [&key, &foreign] {
        assert_refused(
            world.confirm_at_stripe(&order, key).await,
            Code::FailedPrecondition,
            "PAYMENT_NOT_CONFIRMABLE",
        );
    }
    theirs.browser(&key, "pm_card_visa").await;
    assert_eq!(theirs.intent(&key).await["status"], "requires_capture");

    let payment = world.confirm_at_stripe(&order, &key).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.clearing(&order).await, 15_001);
    let intent = theirs.intent(&key).await;
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(
        (&intent["amount"], &intent["currency"]),
        (&json!(15_001), &json!("krw")),
        "won have no smaller unit"
    );
    assert_eq!(theirs.intent(&foreign).await["status"], "requires_capture");
}

#[tokio::test]
async fn a_card_that_asks_for_its_owner_is_taken_at_localstripe_once_they_proved_who_they_are() {
    let (theirs, world) = Theirs::start().await;
    let order = world.waiting(15_000).await;
    let (key, secret) = theirs.checkout(&world, &order).await;
    let card = [
        ("type", "card"),
        ("card[number]", "4000002500003155"),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2090"),
        ("card[cvc]", "123"),
    ];
    let card = theirs.post("/v1/payment_methods", &card).await;
    theirs.browser(&key, card["id"].as_str().unwrap()).await;
    assert_eq!(theirs.intent(&key).await["status"], "requires_action");
    assert_refused(
        world.confirm_at_stripe(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_CONFIRMABLE",
    );
    let path = format!("/v1/payment_intents/{key}/_authenticate");
    let proof = [("client_secret", secret.as_str()), ("success", "true")];
    theirs.post(&path, &proof).await;
    let payment = world.confirm_at_stripe(&order, &key).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
}

#[tokio::test]
async fn a_stored_card_is_charged_at_localstripe_given_back_in_parts_and_forgotten() {
    let (theirs, world) = Theirs::start().await;
    let order = world.order(15_000);
    let method = world
        .stored_at_stripe(&order.buyer, "pm_card_visa")
        .await
        .unwrap();
    assert_eq!(method.label, "Visa ****-4242");
    world.take(&order, &method.payment_method_id).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    let intent = theirs.intent_of(&order).await;
    assert_eq!(
        (&intent["status"], &intent["amount"]),
        (&json!("succeeded"), &json!(15_000))
    );

    let given_back = async || theirs.intent_of(&order).await["latest_charge"]["amount_refunded"].clone();
    for (parts, sum) in [(&[(1, 2_500), (2, 1_001)][..], 3_501), (&[(2, 499)][..], 4_000)] {
        let refund = refunds::refund(&world, &order, parts).await.unwrap();
        refunds::until(&world, &refund, RefundState::Succeeded).await;
        assert_eq!(given_back().await, sum);
        assert_eq!(world.clearing(&order).await, 15_000 - sum);
    }
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(given_back().await, 15_000);
    assert_eq!(world.clearing(&order).await, 0);

    let card = format!(
        "/v1/payment_methods/{}",
        intent["payment_method"].as_str().unwrap()
    );
    assert!(theirs.get(&card).await["customer"].is_string());
    let request = RemovePaymentMethodRequest {
        payment_method_id: method.payment_method_id,
    };
    world
        .client(&order.buyer)
        .remove_payment_method(request)
        .await
        .unwrap();
    eventually(async || theirs.get(&card).await["customer"].is_null().then_some(())).await;
}

#[tokio::test]
async fn localstripe_declines_a_card_when_it_is_kept_or_when_it_is_charged() {
    let (_theirs, world) = Theirs::start().await;
    let order = world.order(15_000);
    assert_refused(
        world
            .stored_at_stripe(&order.buyer, "pm_card_visa_chargeDeclined")
            .await,
        Code::FailedPrecondition,
        "PAYMENT_METHOD_REFUSED",
    );
    let method = world
        .stored_at_stripe(&order.buyer, "pm_card_chargeCustomerFail")
        .await
        .unwrap();
    world.take(&order, &method.payment_method_id).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_DECLINED")])
        .await;
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Failed);
    assert_eq!(
        (payment.decline_reason.as_str(), payment.retry_advice()),
        ("REFUSED", RetryAdvice::OtherMethod)
    );
}

#[tokio::test]
async fn what_nobody_is_to_pay_by_is_closed_at_localstripe() {
    let (theirs, world) = Theirs::start().await;
    let order = world.waiting(15_000).await;
    let (key, _) = theirs.checkout(&world, &order).await;
    theirs.browser(&key, "pm_card_visa").await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Cancelled).await;
    eventually(async || (theirs.intent(&key).await["status"] == "canceled").then_some(())).await;
}

/// How the next webhook was answered.
async fn next(answers: &mut UnboundedReceiver<StatusCode>) -> StatusCode {
    eventually(async || answers.try_recv().ok()).await
}

#[tokio::test]
async fn webhooks_of_localstripe_are_believed_by_their_signature_whatever_they_are_about() {
    let (theirs, world) = Theirs::start().await;
    let (edge, mut answers) = world.edge().await;
    let edge = format!("{edge}/stripe");
    theirs.tell("ours", &edge, "whsec_sandbox").await;
    // A balance has no id, and is no business of ours.
    theirs.get("/v1/balance").await;
    assert_eq!(next(&mut answers).await, StatusCode::OK);

    theirs.tell("ours", &edge, "whsec_of_somebody").await;
    let order = world.waiting(15_000).await;
    let (key, _) = theirs.checkout(&world, &order).await;
    theirs.browser(&key, "pm_card_visa").await;
    world.confirm_at_stripe(&order, &key).await.unwrap();
    assert_eq!(next(&mut answers).await, StatusCode::FORBIDDEN);

    theirs.tell("ours", &edge, "whsec_sandbox").await;
    let order = world.waiting(15_000).await;
    let (key, _) = theirs.checkout(&world, &order).await;
    theirs.browser(&key, "pm_card_visa").await;
    world.confirm_at_stripe(&order, &key).await.unwrap();
    assert_eq!(next(&mut answers).await, StatusCode::OK);
    let heard = eventually(async || {
        let heard: Vec<(String, String)> =
            sqlx::query_as("select payment_key, outcome from webhook where end_time is not null")
                .fetch_all(world.harness.pool())
                .await
                .unwrap();
        (!heard.is_empty()).then_some(heard)
    })
    .await;
    assert_eq!(heard, [(key, "nothing new".to_owned())]);
    assert_eq!(world.clearing(&order).await, 15_000);
}
