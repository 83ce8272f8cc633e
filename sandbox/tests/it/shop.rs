//! A shop that receives webhooks and answers as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::eventually;

/// One webhook as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Value,
    /// As it was sent, which a signature needs.
    pub text: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let name = format!("tosspayments-webhook-{name}");
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The payment status it tells, in either form.
    pub fn status(&self) -> &str {
        let status = self.body["data"].get("status").or(self.body.get("status"));
        status.and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Default)]
struct Desk {
    received: Vec<Received>,
    answer: Option<StatusCode>,
    delay: Duration,
}

/// The shop's side of the webhooks.
#[derive(Clone)]
pub struct Shop {
    pub url: String,
    desk: Arc<Mutex<Desk>>,
}

impl Shop {
    pub async fn open() -> Shop {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(desk.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}/hook", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Shop { url, desk }
    }

    pub fn answers(&self, status: StatusCode) {
        self.desk.lock().expect("desk").answer = Some(status);
    }

    pub fn takes(&self, delay: Duration) {
        self.desk.lock().expect("desk").delay = delay;
    }

    pub fn received(&self) -> Vec<Received> {
        self.desk.lock().expect("desk").received.clone()
    }

    /// Waits for `count` webhooks.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        eventually("that many webhooks", async || {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
        .await
    }
}

async fn receive(State(desk): State<Arc<Mutex<Desk>>>, headers: HeaderMap, body: String) -> StatusCode {
    let delay = desk.lock().expect("desk").delay;
    tokio::time::sleep(delay).await;
    let mut desk = desk.lock().expect("desk");
    desk.received.push(Received {
        headers,
        body: serde_json::from_str(&body).unwrap_or(Value::Null),
        text: body,
    });
    desk.answer.unwrap_or(StatusCode::OK)
}
