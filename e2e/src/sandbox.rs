use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// The payment sandbox, where the buyer pays.
#[derive(Debug, Clone)]
pub struct Sandbox {
    url: String,
    http: reqwest::Client,
}

/// What the sandbox's own books say of one order, in won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Ledger {
    /// Taken.
    pub captured: i64,
    /// Given back.
    pub refunded: i64,
}

impl Sandbox {
    /// The sandbox at a URL such as `http://localhost:8090`.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// The buyer pays in the PG's widget; gives the payment key.
    ///
    /// # Errors
    /// The sandbox does not answer or refuses.
    pub async fn check_out(&self, order_id: &str, won: i64) -> anyhow::Result<String> {
        let body = json!({"orderId": order_id, "orderName": "XLCfi 주문", "amount": won, "method": "CARD"});
        let answer = self.post("/v1/checkout-sessions", body).await?;
        text(&answer, "paymentKey")
    }

    /// The buyer authorises a checkout of Stripe in the browser, with a card by its
    /// test name such as `pm_card_visa`.
    ///
    /// # Errors
    /// The sandbox does not answer or refuses.
    pub async fn authorize_in_browser(
        &self,
        payment_key: &str,
        client_secret: &str,
        card: &str,
    ) -> anyhow::Result<()> {
        let url = format!("{}/v1/payment_intents/{payment_key}/confirm", self.url);
        let form = [("client_secret", client_secret), ("payment_method", card)];
        let response = self.http.post(url).form(&form).send().await?;
        let status = response.status();
        anyhow::ensure!(
            status.is_success(),
            "Stripe's double answered {status}: {}",
            response.text().await?
        );
        Ok(())
    }

    /// The buyer lets the shop keep a card; `behavior` `DECLINE` makes it one
    /// that is refused. Gives the one-time authorisation key.
    ///
    /// # Errors
    /// The sandbox does not answer or refuses.
    pub async fn authorize_card(&self, customer_key: &str, behavior: Option<&str>) -> anyhow::Result<String> {
        let mut body = json!({"customerKey": customer_key});
        if let Some(behavior) = behavior {
            body["behavior"] = behavior.into();
        }
        let answer = self.post("/v1/billing-sessions", body).await?;
        text(&answer, "authKey")
    }

    /// What the sandbox's books say of an order.
    ///
    /// # Errors
    /// The sandbox does not answer or does not know the order.
    pub async fn ledger(&self, order_id: &str) -> anyhow::Result<Ledger> {
        let url = format!("{}/sandbox/ledger?order_id={order_id}", self.url);
        let answer: Value = self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let order = answer["orders"].get(0).or_else(|| answer["orders"].get(order_id));
        let order =
            order.with_context(|| format!("the sandbox has no books of order {order_id}: {answer}"))?;
        Ok(serde_json::from_value(order.clone())?)
    }

    /// The buyer pays in the PG's widget by a method, as `behavior` says; gives the
    /// payment key.
    ///
    /// # Errors
    /// The sandbox does not answer or refuses.
    pub async fn check_out_as(
        &self,
        order_id: &str,
        won: i64,
        method: &str,
        behavior: &str,
    ) -> anyhow::Result<String> {
        let body = json!({"orderId": order_id, "orderName": "XLCfi 주문", "amount": won, "method": method,
            "taxFreeAmount": won, "customerName": "김바다", "behavior": behavior});
        let answer = self.post("/v1/checkout-sessions", body).await?;
        text(&answer, "paymentKey")
    }

    /// The buyer sends the money to an order's virtual account.
    ///
    /// # Errors
    /// The account is not open, or the sandbox does not answer.
    pub async fn deposit(&self, order_id: &str) -> anyhow::Result<()> {
        let path = format!("/sandbox/virtual-accounts/{order_id}/deposit");
        self.post(&path, json!({})).await.map(drop)
    }

    /// Has calls struck by these rules from now on; none strike nothing.
    ///
    /// # Errors
    /// The sandbox does not answer, or knows a rule not.
    pub async fn faults(&self, seed: u64, rules: Value) -> anyhow::Result<()> {
        let url = format!("{}/sandbox/faults", self.url);
        let body = json!({"seed": seed, "rules": rules});
        let response = self.http.put(url).json(&body).send().await?;
        let status = response.status();
        anyhow::ensure!(
            status.is_success(),
            "the sandbox answered {status}: {}",
            response.text().await?
        );
        Ok(())
    }

    /// The books of all orders.
    ///
    /// # Errors
    /// The sandbox does not answer.
    pub async fn whole_ledger(&self) -> anyhow::Result<Value> {
        let url = format!("{}/sandbox/ledger", self.url);
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let response = self
            .http
            .post(format!("{}{path}", self.url))
            .json(&body)
            .send()
            .await;
        let response =
            response.with_context(|| format!("no answer from the payment sandbox at {}", self.url))?;
        let status = response.status();
        let answer: Value = response.json().await?;
        anyhow::ensure!(status.is_success(), "the sandbox answered {status}: {answer}");
        Ok(answer)
    }
}

fn text(answer: &Value, field: &str) -> anyhow::Result<String> {
    answer[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no {field} in {answer}"))
}
