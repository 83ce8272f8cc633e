use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{OrderState, WatchOrderRequest};
use xlcfi_e2e::people::{Person, add_address, list_product, make_seller, sign_up, store_card};
use xlcfi_e2e::{Edge, Sandbox, authorized};

use crate::PORT_OFFSET;

/// Buyers with a stored card each, and something to buy.
pub struct Shop {
    pub edge: Edge,
    pub seller: Person,
    buyers: Vec<(Person, String)>,
    pub product_ids: Vec<String>,
}

impl Shop {
    pub async fn open(buyers: usize) -> anyhow::Result<Self> {
        let edge = Edge::at(&format!("http://127.0.0.1:{}", 8080 + PORT_OFFSET))?;
        let sandbox = Sandbox::at(&format!("http://127.0.0.1:{}", 8090 + PORT_OFFSET));
        let run = Uuid::now_v7().simple().to_string();
        let seller = sign_up(&edge, &format!("bench-seller-{run}@example.com"), "평창감자농원").await?;
        let seller = make_seller(&edge, seller).await?;
        let mut product_ids = Vec::new();
        for index in 0..8 {
            product_ids.push(list_product(&edge, &seller, &format!("{run}-{index}"), 1_000_000).await?);
        }
        let mut people = Vec::new();
        for index in 0..buyers {
            let buyer = sign_up(&edge, &format!("bench-{index}-{run}@example.com"), "김바다").await?;
            add_address(&edge, &buyer).await?;
            let card = store_card(&edge, &sandbox, &buyer, None).await?;
            people.push((buyer, card));
        }
        Ok(Self {
            edge,
            seller,
            buyers: people,
            product_ids,
        })
    }

    /// Orders and waits for CONFIRMED; gives the time it took.
    async fn buy(&self, buyer: usize, product: usize) -> anyhow::Result<Duration> {
        let (person, card) = &self.buyers[buyer % self.buyers.len()];
        let begun = Instant::now();
        let body = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": self.product_ids[product % self.product_ids.len()], "quantity": "1"}],
            "paymentMethodId": card,
        });
        let answer = self
            .edge
            .rest(Method::POST, "/api/v1/orders", &person.token, Some(body))
            .await?;
        let order_id = answer["order"]["orderId"]
            .as_str()
            .context("no order id")?
            .to_owned();
        let mut orders = OrderServiceClient::new(self.edge.grpc());
        let watch = WatchOrderRequest {
            order_id,
            after_version: 0,
        };
        let mut states = orders
            .watch_order(authorized(&person.token, watch))
            .await?
            .into_inner();
        while let Some(answer) = states.message().await? {
            let order = answer.order.context("no order in the stream")?;
            match order.state() {
                OrderState::Confirmed => return Ok(begun.elapsed()),
                OrderState::Cancelled => anyhow::bail!("an order was cancelled: {}", order.failure_reason),
                _ => {}
            }
        }
        anyhow::bail!("a stream ended before its order was confirmed")
    }

    /// Every buyer orders, one order after the other.
    pub async fn full_load(&self, time: Duration) -> anyhow::Result<Vec<Duration>> {
        let end = Instant::now() + time;
        let buyer = async |index: usize| {
            let mut taken = Vec::new();
            while Instant::now() < end {
                taken.push(self.buy(index, index + taken.len()).await?);
            }
            anyhow::Ok(taken)
        };
        let all = futures::future::try_join_all((0..self.buyers.len()).map(buyer)).await?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Orders come at a fixed rate, whether the earlier ones are done or not.
    pub async fn paced(&self, time: Duration, per_second: f64) -> anyhow::Result<Vec<Duration>> {
        let mut ticks = interval(Duration::from_secs_f64(1.0 / per_second.max(1.0)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let end = Instant::now() + time;
        let mut under_way = futures::stream::FuturesUnordered::new();
        let (mut taken, mut next) = (Vec::new(), 0);
        loop {
            tokio::select! {
                _ = ticks.tick(), if Instant::now() < end => {
                    under_way.push(self.buy(next, next));
                    next += 1;
                }
                Some(done) = futures::StreamExt::next(&mut under_way) => taken.push(done?),
                else => return Ok(taken),
            }
            if Instant::now() >= end && under_way.is_empty() {
                return Ok(taken);
            }
        }
    }
}
