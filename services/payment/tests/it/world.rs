//! A payment service, its PG, and orders that are to be paid.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use prost_types::Timestamp;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use xlcfi_contracts::payment::v1::refund_service_client::RefundServiceClient;
use xlcfi_contracts::payment::v1::webhook_service_client::WebhookServiceClient;
use xlcfi_contracts::payment::v1::{
    AddPaymentMethodRequest, CancelPaymentCommand, ConfirmPaymentRequest, CreateCheckoutRequest,
    CreateCheckoutResponse, GetCustomerKeyRequest, GetPaymentOfOrderRequest, Payment, PaymentLine,
    PaymentMethod, PaymentProvider, PaymentState, ReceiveWebhookRequest, TakePaymentCommand,
};
use xlcfi_contracts::saga::v1::{Direction, command_reply::Outcome};
use xlcfi_identity::User;
use xlcfi_payment::{Config, Limits, SERVICE, start_with};
use xlcfi_testkit::{Harness, admin, eventually, user};

pub use xlcfi_contracts::convert::won;

/// A service and its PG. Dropping it stops both.
pub struct World {
    pub harness: Harness,
    pub pg: Pg,
}

/// The PG's double.
pub struct Pg {
    pub url: String,
    client: reqwest::Client,
    _stop: DropGuard,
}

/// An order that is to be paid.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: Uuid,
    pub buyer: User,
    pub amount: i64,
}

/// What the saga was answered: `done`, or the reason of the refusal.
pub type Said = (Direction, String);

/// Waits a test need not wait; the numbers that matter are tested by themselves.
pub fn quick() -> Config {
    let limits = Limits {
        tries: 2,
        first_wait: Duration::from_millis(10),
        longest_queue: Duration::from_secs(10),
        longest_pending_wait: Duration::from_secs(1),
        ..Limits::default()
    };
    Config {
        pg_timeout: Duration::from_secs(5),
        limits,
        ..Config::default()
    }
}

/// One short try and no more, so that the worker has to find out.
pub fn hasty() -> Config {
    let limits = Limits {
        tries: 1,
        ..quick().limits
    };
    Config {
        pg_timeout: Duration::from_secs(1),
        limits,
        ..quick()
    }
}

impl World {
    pub async fn start() -> Self {
        Self::with(quick()).await
    }

    pub async fn with(config: Config) -> Self {
        let pg = Pg::start().await;
        let stripe_url = pg.url.clone();
        Self::at(pg, Config { stripe_url, ..config }).await
    }

    /// A service whose Stripe is somewhere else.
    pub async fn with_stripe_at(url: &str) -> Self {
        let stripe_url = url.to_owned();
        let config = Config {
            stripe_url,
            ..quick()
        };
        Self::at(Pg::start().await, config).await
    }

    async fn at(pg: Pg, config: Config) -> Self {
        let config = Config {
            toss_url: pg.url.clone(),
            ..config
        };
        let harness = Harness::start(SERVICE, |base| start_with(base, config)).await;
        Self { harness, pg }
    }

    pub fn client(&self, user: &User) -> PaymentServiceClient<xlcfi_testkit::Calling> {
        PaymentServiceClient::new(self.harness.as_user(user))
    }

    /// A new order of a new buyer.
    pub fn order(&self, amount: i64) -> Order {
        Order {
            id: Uuid::now_v7(),
            buyer: user(),
            amount,
        }
    }

    /// The saga asks for the money; the order is due in a quarter of an hour.
    pub async fn take(&self, order: &Order, method: &str) {
        self.take_until(order, method, Duration::from_secs(900)).await;
    }

    pub async fn take_until(&self, order: &Order, method: &str, due: Duration) {
        let due = OffsetDateTime::now_utc() + due;
        self.send(order, Direction::Do, &take_command(order, method, due))
            .await;
    }

    /// The saga wants the money back.
    pub async fn cancel(&self, order: &Order) {
        let command = CancelPaymentCommand {
            order_id: order.id.to_string(),
            reason: "단순 변심".into(),
        };
        self.send(order, Direction::Undo, &command).await;
    }

    pub async fn send<M: prost::Message + prost::Name>(&self, order: &Order, direction: Direction, body: &M) {
        let command = self
            .harness
            .command_of("order", order.id, "take-payment", direction, body);
        self.harness.send_command(order.id, &command).await;
    }

    /// An order whose payment waits for its buyer.
    pub async fn waiting(&self, amount: i64) -> Order {
        let order = self.order(amount);
        self.take(&order, "").await;
        self.until(&order, PaymentState::AwaitingBuyer).await;
        order
    }

    /// An order that is paid.
    pub async fn paid(&self, amount: i64) -> Order {
        let order = self.waiting(amount).await;
        let key = self.pg.session(&order, "APPROVE").await;
        self.confirm(&order, &key).await.unwrap();
        order
    }

    pub async fn confirm(&self, order: &Order, key: &str) -> Result<Payment, Status> {
        let request = ConfirmPaymentRequest {
            order_id: order.id.to_string(),
            payment_key: key.into(),
            amount: Some(won(order.amount)),
            provider: 0,
        };
        let response = self.client(&order.buyer).confirm_payment(request).await?;
        Ok(response.into_inner().payment.unwrap())
    }

    /// A stored method of the buyer, charged as `behavior` says.
    pub async fn stored(&self, buyer: &User, behavior: &str) -> String {
        let auth_key = self.auth_key(buyer, behavior).await;
        let request = AddPaymentMethodRequest {
            auth_key,
            request_id: String::new(),
            provider: 0,
        };
        let response = self
            .client(buyer)
            .add_payment_method(request)
            .await
            .unwrap()
            .into_inner();
        response.payment_method.unwrap().payment_method_id
    }

    /// What the buyer authorised in the PG's widget for methods.
    pub async fn auth_key(&self, buyer: &User, behavior: &str) -> String {
        let response = self
            .client(buyer)
            .get_customer_key(GetCustomerKeyRequest {})
            .await
            .unwrap();
        let body = json!({"customerKey": response.into_inner().customer_key, "behavior": behavior});
        let session = self.pg.post("/v1/billing-sessions", body).await;
        session["authKey"].as_str().unwrap().to_owned()
    }

    pub async fn payment(&self, order: &Order) -> Result<Payment, Status> {
        let request = GetPaymentOfOrderRequest {
            order_id: order.id.to_string(),
        };
        let response = self.client(&order.buyer).get_payment_of_order(request).await?;
        Ok(response.into_inner().payment.unwrap())
    }

    /// Begins to pay at a PG.
    pub async fn checkout(
        &self,
        order: &Order,
        provider: PaymentProvider,
    ) -> Result<CreateCheckoutResponse, Status> {
        let request = CreateCheckoutRequest {
            order_id: order.id.to_string(),
            provider: provider.into(),
        };
        Ok(self
            .client(&order.buyer)
            .create_checkout(request)
            .await?
            .into_inner())
    }

    /// What came of a buyer's card at Stripe: the key of the intent it authorised.
    pub async fn authorised(&self, order: &Order, card: &str) -> String {
        let checkout = self.checkout(order, PaymentProvider::Stripe).await.unwrap();
        self.pg.browser(&checkout, card).await;
        checkout.payment_key
    }

    pub async fn confirm_at_stripe(&self, order: &Order, key: &str) -> Result<Payment, Status> {
        let request = ConfirmPaymentRequest {
            order_id: order.id.to_string(),
            payment_key: key.into(),
            amount: Some(won(order.amount)),
            provider: PaymentProvider::Stripe.into(),
        };
        let response = self.client(&order.buyer).confirm_payment(request).await?;
        Ok(response.into_inner().payment.unwrap())
    }

    /// An order that is paid at Stripe.
    pub async fn paid_at_stripe(&self, amount: i64) -> Order {
        let order = self.waiting(amount).await;
        let key = self.authorised(&order, "pm_card_visa").await;
        self.confirm_at_stripe(&order, &key).await.unwrap();
        order
    }

    /// A card of the buyer that Stripe keeps.
    pub async fn stored_at_stripe(&self, buyer: &User, card: &str) -> Result<PaymentMethod, Status> {
        let request = AddPaymentMethodRequest {
            auth_key: card.into(),
            request_id: String::new(),
            provider: PaymentProvider::Stripe.into(),
        };
        let response = self.client(buyer).add_payment_method(request).await?;
        Ok(response.into_inner().payment_method.unwrap())
    }

    /// Has the PG's webhooks come in.
    pub async fn hear(&self) {
        let (url, _) = self.edge().await;
        for provider in ["toss", "stripe"] {
            let body = json!({"urls": [format!("{url}/{provider}")], "provider": provider});
            self.pg.put("/sandbox/webhooks", body).await;
        }
    }

    /// Where webhooks come in below the name of their PG, passed on as the edge does,
    /// and how they are answered.
    pub async fn edge(&self) -> (String, UnboundedReceiver<StatusCode>) {
        // Signatures of yesterday are not believed.
        let behind = OffsetDateTime::now_utc() - self.harness.now();
        self.harness.advance(behind.try_into().unwrap());
        let client = WebhookServiceClient::new(self.harness.anonymous());
        let (answered, answers) = unbounded_channel();
        let receive = move |Path(provider): Path<String>, headers: HeaderMap, body: Bytes| async move {
            let signature = headers
                .get("stripe-signature")
                .and_then(|value| value.to_str().ok());
            let signature = signature.unwrap_or_default();
            let status = match tell(client.clone(), &provider, signature, &body).await {
                Ok(()) => StatusCode::OK,
                Err(_) => StatusCode::FORBIDDEN,
            };
            let _ = answered.send(status);
            status
        };
        let router = axum::Router::new().route("/{provider}", axum::routing::post(receive));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, answers)
    }

    /// Refunds of the payment service, for an admin.
    pub fn refunds(&self) -> RefundServiceClient<xlcfi_testkit::Calling> {
        RefundServiceClient::new(self.harness.as_user(&admin()))
    }

    /// What stands on an account of the books of an order, debits above zero.
    pub async fn books(&self, order: &Order) -> impl Fn(&str) -> i64 {
        let accounts: Vec<(String, i64)> = sqlx::query_as(
            "select account, sum(amount)::bigint from (
                 select e.debit as account, e.amount from ledger_entry e join payment p using (payment_id)
                 where p.order_id = $1
                 union all
                 select e.credit, -e.amount from ledger_entry e join payment p using (payment_id)
                 where p.order_id = $1
             ) as sides group by account",
        )
        .bind(order.id)
        .fetch_all(self.harness.pool())
        .await
        .unwrap();
        assert_eq!(
            accounts.iter().map(|(_, sum)| sum).sum::<i64>(),
            0,
            "{accounts:?}"
        );
        move |name: &str| {
            accounts
                .iter()
                .find(|(account, _)| account == name)
                .map_or(0, |(_, sum)| *sum)
        }
    }

    /// Whether the books of an order balance, and what its PG owes by them.
    pub async fn clearing(&self, order: &Order) -> i64 {
        let of = self.books(order).await;
        assert_eq!(of("receivable"), 0);
        assert_eq!(of("pg_clearing"), -of("sales") - of("refund") - of("bank"));
        of("pg_clearing")
    }

    /// The payment, once it has come to `state`.
    pub async fn until(&self, order: &Order, state: PaymentState) -> Payment {
        eventually(async || {
            self.payment(order)
                .await
                .ok()
                .filter(|payment| payment.state() == state)
        })
        .await
    }

    /// What the saga was answered so far.
    pub async fn said(&self, order: &Order) -> Vec<Said> {
        let replies = self.harness.replies(order.id).await;
        let said = replies.into_iter().map(|reply| {
            let outcome = match reply.outcome.as_ref().unwrap() {
                Outcome::Done(_) => "done".to_owned(),
                Outcome::Refused(refusal) => {
                    assert!(!refusal.message.is_empty(), "the buyer reads why");
                    refusal.reason.clone()
                }
            };
            (reply.direction(), outcome)
        });
        said.collect()
    }

    /// The saga's answers, once there are as many as expected.
    pub async fn until_said(&self, order: &Order, expected: &[(Direction, &str)]) {
        let said =
            eventually(async || Some(self.said(order).await).filter(|said| said.len() >= expected.len()))
                .await;
        let said: Vec<_> = said
            .iter()
            .map(|(direction, outcome)| (*direction, outcome.as_str()))
            .collect();
        assert_eq!(said, expected);
    }

    /// States of the attempts of an order, oldest first.
    pub async fn attempts(&self, order: &Order) -> Vec<(String, String)> {
        sqlx::query_as(
            "select a.kind, a.state from attempt a join payment p using (payment_id) where p.order_id = $1
             order by a.attempt_id",
        )
        .bind(order.id)
        .fetch_all(self.harness.pool())
        .await
        .unwrap()
    }
}

impl Pg {
    pub async fn start() -> Self {
        xlcfi_service::choose_tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(xlcfi_sandbox::serve(
            listener,
            xlcfi_sandbox::Options::default(),
            stop.clone(),
        ));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            url,
            client,
            _stop: stop.drop_guard(),
        }
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let response = self
            .client
            .post(format!("{}{path}", self.url))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Value) {
        let request = self.client.put(format!("{}{path}", self.url)).json(&body);
        let response = request.send().await.unwrap();
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.text().await.unwrap()
        );
    }

    /// What Stripe's script in the buyer's browser does with a card.
    pub async fn browser(&self, checkout: &CreateCheckoutResponse, card: &str) {
        let request = self
            .client
            .post(format!(
                "{}/v1/payment_intents/{}/confirm",
                self.url, checkout.payment_key
            ))
            .form(&[
                ("client_secret", checkout.client_secret.as_str()),
                ("payment_method", card),
            ]);
        request.send().await.unwrap();
    }

    /// An intent, as Stripe has it.
    pub async fn intent(&self, key: &str) -> Value {
        let request = self.client.get(format!("{}/v1/payment_intents/{key}", self.url));
        request
            .bearer_auth("sk_test_sandbox")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// As the shop, past the service.
    pub async fn call(&self, path: &str, body: Value) {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .basic_auth("test_sk_sandbox", Some(""));
        let response = request.json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }

    /// As a shop that sells past the service.
    pub async fn charge_at_stripe(&self, order_id: &str, amount: i64) {
        let amount = amount.to_string();
        let request = self
            .client
            .post(format!("{}/v1/payment_intents", self.url))
            .form(&[
                ("amount", amount.as_str()),
                ("currency", "krw"),
                ("confirm", "true"),
                ("payment_method", "pm_card_visa"),
                ("payment_method_types[]", "card"),
                ("metadata[order_id]", order_id),
            ]);
        let response = request.bearer_auth("sk_test_sandbox").send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
    }

    /// As the shop, reading past the service.
    pub async fn read(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.url));
        let response = request
            .basic_auth("test_sk_sandbox", Some(""))
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The key of what the buyer authorised in the widget.
    pub async fn session(&self, order: &Order, behavior: &str) -> String {
        self.session_of(&order.id.to_string(), order.amount, behavior)
            .await
    }

    pub async fn session_of(&self, order_id: &str, amount: i64, behavior: &str) -> String {
        let body = json!({"orderId": order_id, "orderName": "감자", "amount": amount,
            "taxFreeAmount": amount / 2, "behavior": behavior});
        let session = self.post("/v1/checkout-sessions", body).await;
        session["paymentKey"].as_str().unwrap().to_owned()
    }

    /// Strikes the next `times` calls of an endpoint.
    pub async fn strike(&self, fault: &str, endpoint: &str, times: u64) {
        self.strike_all(json!([{"fault": fault, "endpoint": endpoint, "times": times}]))
            .await;
    }

    pub async fn strike_all(&self, rules: Value) {
        self.put("/sandbox/faults", json!({"rules": rules})).await;
    }

    /// What the PG's own ledger says of an order: captured, refunded, captures.
    pub async fn ledger(&self, order: &Order) -> (i64, i64, i64) {
        let ledger = self.get(&format!("/sandbox/ledger?order_id={}", order.id)).await;
        assert_eq!(ledger["sound"], true);
        let number = |name: &str| ledger["orders"][0][name].as_i64().unwrap_or_default();
        (number("captured"), number("refunded"), number("captures"))
    }

    /// Idempotency keys the PG saw for an endpoint of an order.
    pub async fn keys(&self, order: &Order, endpoint: &str) -> Vec<String> {
        let seen = self
            .get(&format!("/sandbox/requests?order_id={}", order.id))
            .await;
        let seen = seen["requests"].as_array().or(seen.as_array()).unwrap().clone();
        let of_endpoint = seen.iter().filter(|request| request["endpoint"] == endpoint);
        of_endpoint
            .map(|request| request["idempotency_key"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// A webhook, as the edge passes it on.
pub async fn tell(
    mut client: WebhookServiceClient<xlcfi_testkit::Calling>,
    provider: &str,
    signature: &str,
    body: &[u8],
) -> Result<(), Status> {
    let mut request = tonic::Request::new(ReceiveWebhookRequest {
        provider: provider.into(),
        body: Some(HttpBody {
            content_type: "application/json".into(),
            data: body.to_vec(),
            extensions: Vec::new(),
        }),
    });
    request
        .metadata_mut()
        .insert("stripe-signature", signature.parse().unwrap());
    client.receive_webhook(request).await.map(drop)
}

pub fn take_command(order: &Order, method: &str, due: OffsetDateTime) -> TakePaymentCommand {
    let line = |line, title: &str, amount, tax_exempt| PaymentLine {
        line,
        title: title.into(),
        amount: Some(won(amount)),
        tax_exempt,
        refunded: None,
    };
    let exempt = order.amount / 2;
    TakePaymentCommand {
        order_id: order.id.to_string(),
        member_id: order.buyer.id.to_string(),
        title: "감자 외 2건".into(),
        amount: Some(won(order.amount)),
        tax_exempt_amount: Some(won(exempt)),
        lines: vec![
            line(1, "감자", exempt, true),
            line(2, "우유", order.amount - exempt, false),
        ],
        payment_method_id: method.into(),
        due_time: Some(Timestamp {
            seconds: due.unix_timestamp(),
            nanos: due.nanosecond().try_into().unwrap(),
        }),
        on_account: false,
    }
}
