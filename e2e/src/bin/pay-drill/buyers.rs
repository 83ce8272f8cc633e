use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;
use xlcfi_e2e::people::{
    Person, add_address, list_product, log_in_admin, make_seller, sign_up, store_card, text, won,
};
use xlcfi_e2e::{Edge, Sandbox};

/// Longest one call is tried again, and longest an order may take to end.
const PATIENCE: Duration = Duration::from_secs(90);

/// A way to pay, and what comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// A card Toss keeps.
    CardAtToss,
    /// A card Stripe keeps.
    CardAtStripe,
    /// Toss's widget.
    Widget,
    /// Stripe's script in the browser.
    Browser,
    /// The same, and the buyer closes the browser before the shop hears of it.
    BrowserClosed,
    /// A deposit into a virtual account.
    Deposit,
    /// A card without money.
    Declined,
    /// The widget declines a card, and the buyer takes another.
    SecondCard,
    /// Paid, then cancelled.
    Cancelled,
    /// Paid at Stripe, then cancelled.
    CancelledAtStripe,
    /// Paid, then a part given back.
    Refunded,
    /// Paid at Stripe, then a part given back.
    RefundedAtStripe,
}

impl Story {
    pub fn all() -> &'static [Self] {
        &[
            Self::CardAtToss,
            Self::CardAtStripe,
            Self::Widget,
            Self::Browser,
            Self::BrowserClosed,
            Self::Deposit,
            Self::Declined,
            Self::SecondCard,
            Self::Cancelled,
            Self::CancelledAtStripe,
            Self::Refunded,
            Self::RefundedAtStripe,
        ]
    }
}

/// Somebody who buys, with what they pay with.
struct Buyer {
    person: Mutex<Person>,
    toss_card: String,
    stripe_card: String,
    empty_card: String,
}

/// Buyers, an admin, and something to buy.
pub struct Shop {
    edge: Edge,
    sandbox: Sandbox,
    buyers: Vec<Buyer>,
    admin: Mutex<Person>,
    product_ids: Vec<String>,
}

impl Shop {
    pub async fn open(edge: &Edge, sandbox: &Sandbox, buyers: usize) -> anyhow::Result<Self> {
        let run = Uuid::now_v7().simple().to_string();
        let seller = sign_up(edge, &format!("drill-seller-{run}@example.com"), "평창감자농원").await?;
        let seller = make_seller(edge, seller).await?;
        let mut product_ids = Vec::new();
        for index in 0..8 {
            product_ids.push(list_product(edge, &seller, &format!("{run}-{index}"), 100_000).await?);
        }
        let mut people = Vec::new();
        for index in 0..buyers {
            let person = sign_up(edge, &format!("drill-{index}-{run}@example.com"), "김바다").await?;
            add_address(edge, &person).await?;
            people.push(Buyer {
                toss_card: store_card(edge, sandbox, &person, None).await?,
                empty_card: store_card(edge, sandbox, &person, Some("DECLINE")).await?,
                stripe_card: keep_at_stripe(edge, &person).await?,
                person: Mutex::new(person),
            });
        }
        Ok(Self {
            edge: edge.clone(),
            sandbox: sandbox.clone(),
            buyers: people,
            admin: Mutex::new(log_in_admin(edge).await?),
            product_ids,
        })
    }

    /// Plays one order to its end.
    pub async fn play(&self, story: Story, index: usize) -> anyhow::Result<()> {
        let buyer = &self.buyers[index % self.buyers.len()];
        let card = match story {
            Story::CardAtToss | Story::Cancelled | Story::Refunded => Some(&buyer.toss_card),
            Story::CardAtStripe | Story::CancelledAtStripe | Story::RefundedAtStripe => {
                Some(&buyer.stripe_card)
            }
            Story::Declined => Some(&buyer.empty_card),
            _ => None,
        };
        let product = &self.product_ids[index % self.product_ids.len()];
        let mut order = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": product, "quantity": (1 + index % 3).to_string()}],
        });
        if let Some(card) = card {
            order["paymentMethodId"] = card.as_str().into();
        }
        let order = self
            .buyer(buyer, Method::POST, "/api/v1/orders", Some(order))
            .await?;
        let (id, payable) = (
            text(&order["order"]["orderId"])?,
            won(&order["order"]["payable"])?,
        );
        match story {
            Story::Widget => self.widget(buyer, &id, payable, "CARD").await?,
            Story::SecondCard => {
                let declined = self.sandbox.check_out_as(&id, payable, "CARD", "DECLINE").await?;
                let _ = self
                    .confirm(buyer, &id, payable, &declined, "PAYMENT_PROVIDER_TOSS")
                    .await;
                self.widget(buyer, &id, payable, "CARD").await?;
            }
            Story::Deposit => {
                self.widget(buyer, &id, payable, "VIRTUAL_ACCOUNT").await?;
                self.deposit(&id).await?;
            }
            Story::Browser | Story::BrowserClosed => self.browser(buyer, &id, payable, story).await?,
            _ => {}
        }
        let state = self.ended(buyer, &id).await?;
        if state != "ORDER_STATE_CONFIRMED" {
            return Ok(());
        }
        match story {
            Story::Cancelled | Story::CancelledAtStripe => {
                let body = json!({"reason": "단순 변심"});
                let path = format!("/api/v1/orders/{}:cancel", id.as_str());
                self.buyer(buyer, Method::POST, &path, Some(body)).await?;
                self.ended(buyer, &id).await?;
            }
            Story::Refunded | Story::RefundedAtStripe => self.refund(&id, payable / 3).await?,
            _ => {}
        }
        Ok(())
    }

    /// The buyer pays in Toss's widget and confirms.
    async fn widget(&self, buyer: &Buyer, id: &str, payable: i64, method: &str) -> anyhow::Result<()> {
        let key = self.sandbox.check_out_as(id, payable, method, "APPROVE").await?;
        self.confirm(buyer, id, payable, &key, "PAYMENT_PROVIDER_TOSS")
            .await
    }

    /// The buyer pays in the browser by Stripe's script.
    async fn browser(&self, buyer: &Buyer, id: &str, payable: i64, story: Story) -> anyhow::Result<()> {
        let wish = json!({"orderId": id, "provider": "PAYMENT_PROVIDER_STRIPE"});
        let checkout = self
            .buyer(buyer, Method::POST, "/api/v1/payments/checkouts", Some(wish))
            .await?;
        let (key, secret) = (text(&checkout["paymentKey"])?, text(&checkout["clientSecret"])?);
        again(async || {
            self.sandbox
                .authorize_in_browser(&key, &secret, "pm_card_visa")
                .await
        })
        .await?;
        if story == Story::BrowserClosed {
            // A webhook tells; when it is lost, the buyer comes back in the end.
            sleep(Duration::from_secs(4)).await;
        }
        self.confirm(buyer, id, payable, &key, "PAYMENT_PROVIDER_STRIPE")
            .await
    }

    /// Confirms until the shop has an answer; a decline is one.
    async fn confirm(
        &self,
        buyer: &Buyer,
        id: &str,
        payable: i64,
        key: &str,
        provider: &str,
    ) -> anyhow::Result<()> {
        let body = json!({
            "orderId": id, "paymentKey": key, "provider": provider,
            "amount": {"currencyCode": "KRW", "minorUnits": payable.to_string()},
        });
        let path = "/api/v1/payments/confirm";
        self.call(&buyer.person, Method::POST, path, Some(body))
            .await
            .map(drop)
    }

    /// The money comes once the account is open.
    async fn deposit(&self, id: &str) -> anyhow::Result<()> {
        again(async || self.sandbox.deposit(id).await).await
    }

    /// The admin gives some of the first line back.
    async fn refund(&self, id: &str, amount: i64) -> anyhow::Result<()> {
        let body = json!({
            "orderId": id, "reason": "상한 상품", "requestId": Uuid::now_v7().to_string(),
            "lines": [{"line": 1, "amount": {"currencyCode": "KRW", "minorUnits": amount.to_string()}}],
        });
        let made = self
            .call(&self.admin, Method::POST, "/api/v1/payments/refunds", Some(body))
            .await?;
        ensure!(made.0 == 200, "no refund: {}", made.1);
        Ok(())
    }

    /// The state the order comes to rest in.
    async fn ended(&self, buyer: &Buyer, id: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        let path = format!("/api/v1/orders/{id}");
        loop {
            let order = self.buyer(buyer, Method::GET, &path, None).await?;
            let state = text(&order["order"]["state"])?;
            if matches!(state.as_str(), "ORDER_STATE_CONFIRMED" | "ORDER_STATE_CANCELLED") {
                return Ok(state);
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "order {id} is {state} after {PATIENCE:?}"
            );
            sleep(Duration::from_millis(150)).await;
        }
    }

    /// A call of a buyer that must succeed in the end.
    async fn buyer(
        &self,
        buyer: &Buyer,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let (status, answer) = self.call(&buyer.person, method, path, body).await?;
        ensure!(status == 200, "{path} answered {status}: {answer}");
        Ok(answer)
    }

    /// A call that is made again while it is not answered for good: what a client does
    /// that is told to come back.
    async fn call(
        &self,
        person: &Mutex<Person>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let begun = Instant::now();
        let mut last = String::new();
        loop {
            let now = person.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let said = self
                .edge
                .rest_answer(method.clone(), path, &now.token, body.clone())
                .await;
            match said {
                Ok((401, _)) => {
                    let fresh = now.log_in_again(&self.edge).await?;
                    *person.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                }
                // An order whose payment is not prepared yet, as its process is away.
                Ok((404, answer)) if path.starts_with("/api/v1/payments") => last = answer.to_string(),
                Ok((400, answer)) if answer.to_string().contains("PAYMENT_NOT_READY") => {
                    last = answer.to_string()
                }
                Ok((status, answer)) if status < 500 && status != 429 => return Ok((status, answer)),
                Ok((_, answer)) => last = answer.to_string(),
                Err(error) => last = format!("{error:#}"),
            }
            if begun.elapsed() > PATIENCE {
                bail!("{method} {path} was not answered in {PATIENCE:?}; the last was {last}");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Orders, pays in the widget, and says how long the shop's own part of the
    /// confirmation took, and how long the PG's.
    pub async fn time(&self, index: usize) -> anyhow::Result<(Duration, Duration)> {
        let buyer = &self.buyers[index % self.buyers.len()];
        let product = &self.product_ids[index % self.product_ids.len()];
        let order = json!({
            "requestId": Uuid::now_v7().to_string(), "lines": [{"productId": product, "quantity": "1"}],
        });
        let order = self
            .buyer(buyer, Method::POST, "/api/v1/orders", Some(order))
            .await?;
        let (id, payable) = (
            text(&order["order"]["orderId"])?,
            won(&order["order"]["payable"])?,
        );
        let key = self.sandbox.check_out_as(&id, payable, "CARD", "APPROVE").await?;
        self.awaits_buyer(buyer, &id).await?;
        let token = buyer
            .person
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .token
            .clone();
        crate::pace::confirm(&self.edge, &token, &id, payable, &key).await
    }

    async fn awaits_buyer(&self, buyer: &Buyer, id: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let path = format!("/api/v1/payments/orders/{id}");
        loop {
            let payment = self.buyer(buyer, Method::GET, &path, None).await?;
            if payment["payment"]["state"] == "PAYMENT_STATE_AWAITING_BUYER" {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "order {id} does not ask to be paid");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn keep_at_stripe(edge: &Edge, person: &Person) -> anyhow::Result<String> {
    let body = json!({"authKey": "pm_card_visa", "provider": "PAYMENT_PROVIDER_STRIPE"});
    let path = "/api/v1/payments/methods";
    let kept = edge.rest(Method::POST, path, &person.token, Some(body)).await?;
    text(&kept["paymentMethod"]["paymentMethodId"])
}

/// What succeeds in the end.
async fn again<T>(mut work: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let begun = Instant::now();
    loop {
        match work().await {
            Ok(done) => return Ok(done),
            Err(error) if begun.elapsed() > PATIENCE => return Err(error).context("tried in vain"),
            Err(_) => sleep(Duration::from_millis(300)).await,
        }
    }
}
