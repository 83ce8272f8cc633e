//! A running sandbox and the calls every test makes.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use xlcfi_sandbox::{Options, serve};

pub const SECRET_KEY: &str = "test_sk_sandbox";

/// A sandbox on a port of its own, stopped when dropped.
pub struct Sandbox {
    pub url: String,
    pub client: reqwest::Client,
    stop: CancellationToken,
    task: Option<JoinHandle<anyhow::Result<()>>>,
}

/// A status and the JSON that came with it (null when there was none).
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl Sandbox {
    pub async fn start() -> Sandbox {
        Sandbox::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Sandbox {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, options, stop.clone()));
        let client = reqwest::Client::builder().no_proxy().build().expect("client");
        Sandbox {
            url,
            client,
            stop,
            task: Some(task),
        }
    }

    /// Stops it and waits until it is down.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.take().expect("running").await.expect("no panic")
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .basic_auth(SECRET_KEY, Some(""))
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    /// The payment key of a new card session.
    pub async fn session(&self, order_id: &str, amount: i64) -> String {
        self.session_of(json!({"orderId": order_id, "orderName": "감자 10kg", "amount": amount}))
            .await
    }

    pub async fn session_of(&self, body: Value) -> String {
        let session = self.post("/v1/checkout-sessions", body).await.ok();
        session["paymentKey"].as_str().expect("payment key").to_owned()
    }

    pub async fn confirm(&self, payment_key: &str, order_id: &str, amount: i64) -> Answer {
        self.post(
            "/v1/payments/confirm",
            confirm_body(payment_key, order_id, amount),
        )
        .await
    }

    /// A confirm with headers, not sent yet.
    pub fn confirm_with(
        &self,
        payment_key: &str,
        order_id: &str,
        amount: i64,
        headers: &[(&str, &str)],
    ) -> RequestBuilder {
        let request = self.request(Method::POST, "/v1/payments/confirm");
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        request.json(&confirm_body(payment_key, order_id, amount))
    }

    /// A paid card payment.
    pub async fn paid(&self, order_id: &str, amount: i64) -> Value {
        let key = self.session(order_id, amount).await;
        self.confirm(&key, order_id, amount).await.ok()
    }

    /// A card stored for `customer_key`.
    pub async fn billing_key(&self, customer_key: &str, behavior: &str) -> String {
        let session = json!({"customerKey": customer_key, "behavior": behavior});
        let auth = self.post("/v1/billing-sessions", session).await.ok();
        let issue = json!({"authKey": auth["authKey"], "customerKey": customer_key});
        let card = self.post("/v1/billing/authorizations/issue", issue).await.ok();
        card["billingKey"].as_str().expect("billing key").to_owned()
    }

    pub async fn cancel(&self, payment_key: &str, mut body: Value) -> Answer {
        if body.get("cancelReason").is_none() {
            body["cancelReason"] = json!("단순 변심");
        }
        self.post(&format!("/v1/payments/{payment_key}/cancel"), body)
            .await
    }

    pub async fn advance(&self, seconds: i64) {
        self.post("/sandbox/clock", json!({ "advance_seconds": seconds }))
            .await
            .ok();
    }

    /// Captured, refunded, balance and number of captures of an order; zeros when the ledger does not know it.
    pub async fn ledger(&self, order_id: &str) -> (i64, i64, i64, i64) {
        let ledger = self
            .get(&format!("/sandbox/ledger?order_id={order_id}"))
            .await
            .ok();
        assert_eq!(ledger["sound"], true);
        let order = &ledger["orders"][0];
        let number = |name: &str| order[name].as_i64().unwrap_or_default();
        (
            number("captured"),
            number("refunded"),
            number("balance"),
            number("captures"),
        )
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn confirm_body(payment_key: &str, order_id: &str, amount: i64) -> Value {
    json!({"paymentKey": payment_key, "orderId": order_id, "amount": amount})
}

pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("text");
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    }
}

/// Asks again until `found` holds, for five seconds at most.
pub async fn eventually<T, F>(what: &str, mut found: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(value) = found().await {
            return value;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
