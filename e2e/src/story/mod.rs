mod arrival;
mod provenance;

pub use provenance::Verifier;

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;
use xlcfi_contracts::convert;
use xlcfi_contracts::member::v1::WatchNotificationsRequest;
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{CancelOrderRequest, OrderState, SetCartLineRequest, WatchOrderRequest};
use xlcfi_contracts::payment::v1::refund_service_client::RefundServiceClient;
use xlcfi_contracts::payment::v1::{CreateRefundRequest, RefundLine};

use crate::people::{self, PATIENCE, Person, UNIT_PRICE, eventually, number, sign_up, text, won};
use crate::{Edge, Ledger, Sandbox, authorized};

/// Who hears the story, line by line.
pub trait Teller {
    /// A chapter begins.
    fn chapter(&self, title: &str);
    /// A step was done, in a protocol.
    fn step(&self, protocol: &str, text: &str);
}

/// The trade story: people and what they trade, through the edge.
#[derive(Debug)]
pub struct Story<'a, T> {
    edge: &'a Edge,
    sandbox: &'a Sandbox,
    teller: &'a T,
    buyer: Person,
    seller: Person,
    product_id: String,
}

const STOCK: i64 = 100;

impl<'a, T: Teller> Story<'a, T> {
    /// Signs people up and puts a product on sale.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn begin(edge: &'a Edge, sandbox: &'a Sandbox, teller: &'a T) -> anyhow::Result<Self> {
        teller.chapter("A buyer and a seller sign up");
        let run = Uuid::now_v7().simple().to_string();
        let buyer = sign_up(edge, &format!("buyer-{run}@example.com"), "김바다").await?;
        teller.step("REST", "buyer signed up and logged in");
        let seller = sign_up(edge, &format!("seller-{run}@example.com"), "평창감자농원").await?;
        teller.step("REST", "seller signed up and logged in");
        let seller = people::make_seller(edge, seller).await?;
        teller.step("gRPC", "the admin made the seller a SELLER");

        teller.chapter("The seller lists a product");
        let product_id = people::list_product(edge, &seller, &run, STOCK).await?;
        teller.step(
            "gRPC",
            &format!("product listed, {STOCK} boxes received, published"),
        );
        let story = Self {
            edge,
            sandbox,
            teller,
            buyer,
            seller,
            product_id,
        };
        story.search(&run).await?;
        Ok(story)
    }

    /// A cart is ordered, paid in the widget and confirmed; points are earned.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn buy_with_widget(&self) -> anyhow::Result<()> {
        self.teller
            .chapter("The buyer fills a cart, orders and pays in the PG's widget");
        people::add_address(self.edge, &self.buyer).await?;
        self.teller.step("REST", "address added");
        let (web, origin) = self.edge.web()?;
        let line = SetCartLineRequest {
            product_id: self.product_id.clone(),
            quantity: 2,
            ..SetCartLineRequest::default()
        };
        let mut orders = OrderServiceClient::with_origin(web, origin);
        orders.set_cart_line(authorized(&self.buyer.token, line)).await?;
        self.teller.step("gRPC-web", "2 boxes put into the cart");

        let order = self.order(json!({})).await?;
        let (id, payable) = (text(&order["orderId"])?, won(&order["payable"])?);
        ensure!(
            payable == 2 * UNIT_PRICE,
            "the order costs {payable} won, not {}",
            2 * UNIT_PRICE
        );
        self.teller
            .step("REST", &format!("order {id} accepted: {payable} won"));
        self.watch_until(&id, OrderState::AwaitingPayment).await?;

        let payment_key = self.sandbox.check_out(&id, payable).await?;
        self.teller.step("sandbox", "the buyer paid in the widget");
        let confirm = json!({
            "orderId": id, "paymentKey": payment_key,
            "amount": {"currencyCode": "KRW", "minorUnits": payable.to_string()},
        });
        self.rest(Method::POST, "/api/v1/payments/confirm", Some(confirm))
            .await?;
        self.teller.step("REST", "payment confirmed");
        self.watch_until(&id, OrderState::Confirmed).await?;

        let earned = payable / 100;
        eventually(async || (self.points().await.ok()? == earned).then_some(())).await?;
        self.teller.step("REST", &format!("{earned} points earned"));
        ensure!(
            self.stock().await? == STOCK - 2,
            "2 boxes should have left the stock"
        );
        self.read_inbox(&id).await
    }

    /// An order is paid at Stripe; one of its boxes arrives spoiled and is refunded.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn pay_at_stripe_and_be_refunded_in_part(&self) -> anyhow::Result<()> {
        self.teller
            .chapter("The buyer pays at Stripe; for a box that came spoiled the money goes back");
        let lines = json!({"lines": [{"productId": self.product_id, "quantity": "3"}]});
        let order = self.order(lines).await?;
        let (id, payable) = (text(&order["orderId"])?, won(&order["payable"])?);
        self.watch_until(&id, OrderState::AwaitingPayment).await?;
        let wish = json!({"orderId": id, "provider": "PAYMENT_PROVIDER_STRIPE"});
        let checkout = self
            .rest(Method::POST, "/api/v1/payments/checkouts", Some(wish))
            .await?;
        let payment_key = text(&checkout["paymentKey"])?;
        let secret = text(&checkout["clientSecret"])?;
        self.sandbox
            .authorize_in_browser(&payment_key, &secret, "pm_card_visa")
            .await?;
        self.teller
            .step("sandbox", "the buyer's card was authorised in the browser");
        let confirm = json!({
            "orderId": id, "paymentKey": payment_key, "provider": "PAYMENT_PROVIDER_STRIPE",
            "amount": {"currencyCode": "KRW", "minorUnits": payable.to_string()},
        });
        // Stripe's webhook may have been faster; then this gives the same payment.
        self.rest(Method::POST, "/api/v1/payments/confirm", Some(confirm))
            .await?;
        self.teller.step("REST", "payment captured");
        self.watch_until(&id, OrderState::Confirmed).await?;

        let refund = CreateRefundRequest {
            order_id: id.clone(),
            lines: vec![RefundLine {
                line: 1,
                amount: Some(convert::won(UNIT_PRICE)),
            }],
            reason: "한 상자가 상했습니다".into(),
            request_id: Uuid::now_v7().to_string(),
            ..CreateRefundRequest::default()
        };
        let admin = people::log_in_admin(self.edge).await?;
        RefundServiceClient::new(self.edge.grpc())
            .create_refund(authorized(&admin.token, refund))
            .await?;
        self.teller.step("gRPC", "the admin refunds one of three boxes");
        let returned = async || (self.sandbox.ledger(&id).await.ok()?.refunded == UNIT_PRICE).then_some(());
        eventually(returned).await?;
        let path = format!("/api/v1/payments/orders/{id}");
        let payment = eventually(async || {
            let answer = self.rest(Method::GET, &path, None).await.ok()?;
            (won(&answer["payment"]["refunded"]).ok()? == UNIT_PRICE).then_some(answer)
        });
        let payment = payment.await?;
        ensure!(
            payment["payment"]["state"] == "PAYMENT_STATE_CAPTURED",
            "the rest should be kept: {payment}"
        );
        self.teller.step(
            "REST",
            &format!("{UNIT_PRICE} won refunded; the PG's own books agree"),
        );
        Ok(())
    }

    /// A card is declined: the order is cancelled and the stock is back.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn be_declined(&self) -> anyhow::Result<()> {
        self.teller
            .chapter("A card is declined: the stock comes back, the order is CANCELLED");
        let before = self.stock().await?;
        let method = self.store_card(Some("DECLINE")).await?;
        let order = self.order(self.five_boxes(&method)).await?;
        let id = text(&order["orderId"])?;
        self.teller.step(
            "REST",
            &format!("order {id} accepted, to be charged to a card without money"),
        );
        self.watch_until(&id, OrderState::Cancelled).await?;
        let order = self
            .rest(Method::GET, &format!("/api/v1/orders/{id}"), None)
            .await?;
        ensure!(
            order["order"]["failureReason"] == "PAYMENT_DECLINED",
            "cancelled for another reason: {order}"
        );
        eventually(async || (self.stock().await.ok()? == before).then_some(())).await?;
        self.teller.step("REST", &format!("stock is {before} again"));
        Ok(())
    }

    /// A confirmed order is cancelled and refunded.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn cancel_and_be_refunded(&self) -> anyhow::Result<()> {
        self.teller
            .chapter("The buyer cancels a confirmed order and is refunded");
        let (stock, points) = (self.stock().await?, self.points().await?);
        let method = self.store_card(None).await?;
        let order = self.order(self.five_boxes(&method)).await?;
        let (id, payable) = (text(&order["orderId"])?, won(&order["payable"])?);
        self.teller
            .step("REST", &format!("order {id} accepted, charged to a stored card"));
        self.watch_until(&id, OrderState::Confirmed).await?;

        let cancel = CancelOrderRequest {
            order_id: id.clone(),
            reason: "다른 곳에서 샀어요".into(),
        };
        OrderServiceClient::new(self.edge.grpc())
            .cancel_order(authorized(&self.buyer.token, cancel))
            .await?;
        self.teller.step("gRPC", "cancel asked");
        self.watch_until(&id, OrderState::Cancelled).await?;
        let payment = self
            .rest(Method::GET, &format!("/api/v1/payments/orders/{id}"), None)
            .await?;
        ensure!(
            payment["payment"]["state"] == "PAYMENT_STATE_REFUNDED",
            "not refunded: {payment}"
        );
        let books = self.sandbox.ledger(&id).await?;
        ensure!(
            books
                == Ledger {
                    captured: payable,
                    refunded: payable
                },
            "the PG's books say {books:?}"
        );
        self.teller.step(
            "REST",
            &format!("{payable} won refunded; the PG's own books agree"),
        );
        eventually(async || (self.stock().await.ok()? == stock).then_some(())).await?;
        eventually(async || (self.points().await.ok()? == points).then_some(())).await?;
        self.teller
            .step("REST", &format!("stock is {stock} and points are {points} again"));
        Ok(())
    }

    async fn search(&self, run: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/products/search?query={run}");
        let found = eventually(async || {
            let answer = self.edge.rest(Method::GET, &path, "", None).await.ok()?;
            (answer["hits"].as_array()?.len() == 1).then_some(answer)
        });
        let found = found.await?;
        ensure!(
            found["hits"][0]["product"]["productId"] == self.product_id.as_str(),
            "found another product: {found}"
        );
        self.teller.step("REST", "the search finds it");
        Ok(())
    }

    fn five_boxes(&self, method: &str) -> Value {
        json!({"lines": [{"productId": self.product_id, "quantity": "5"}], "paymentMethodId": method})
    }

    async fn order(&self, mut body: Value) -> anyhow::Result<Value> {
        body["requestId"] = Uuid::now_v7().to_string().into();
        let answer = self.rest(Method::POST, "/api/v1/orders", Some(body)).await?;
        Ok(answer["order"].clone())
    }

    async fn store_card(&self, behavior: Option<&str>) -> anyhow::Result<String> {
        let method = people::store_card(self.edge, self.sandbox, &self.buyer, behavior).await?;
        self.teller.step("REST", "card stored by its token");
        Ok(method)
    }

    /// Tells each state the order's stream brings, until `last`.
    async fn watch_until(&self, order_id: &str, last: OrderState) -> anyhow::Result<()> {
        let (web, origin) = self.edge.web()?;
        let mut orders = OrderServiceClient::with_origin(web, origin);
        let request = WatchOrderRequest {
            order_id: order_id.to_owned(),
            after_version: 0,
        };
        let mut states = orders
            .watch_order(authorized(&self.buyer.token, request))
            .await?
            .into_inner();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let next = tokio::time::timeout_at(deadline, states.message()).await;
            let next = next.with_context(|| format!("the order did not become {}", last.as_str_name()))??;
            let order = next
                .and_then(|answer| answer.order)
                .context("the stream ended early")?;
            self.teller.step(
                "gRPC-web",
                &format!(
                    "order is {}",
                    order.state().as_str_name().trim_start_matches("ORDER_STATE_")
                ),
            );
            if order.state() == last {
                return Ok(());
            }
        }
    }

    /// The inbox tells of the order, live and listed; read, it is unread no more.
    async fn read_inbox(&self, order_id: &str) -> anyhow::Result<()> {
        let (web, origin) = self.edge.web()?;
        let mut inbox = NotificationServiceClient::with_origin(web, origin);
        let request = authorized(&self.buyer.token, WatchNotificationsRequest::default());
        let mut news = inbox.watch_notifications(request).await?.into_inner();
        let first = news.message().await?.context("the stream ended early")?;
        let path = "/api/v1/members/me/notifications";
        let listed = self.rest(Method::GET, path, None).await?;
        let told = listed["notifications"].as_array().into_iter().flatten();
        let told = told.into_iter().find(|told| told["subjectId"] == order_id);
        let told = told.with_context(|| format!("nothing was told of the order: {listed}"))?;
        let read = format!("{path}/{}:markRead", text(&told["notificationId"])?);
        self.rest(Method::POST, &read, Some(json!({}))).await?;
        let next = news.message().await?.context("the stream ended early")?;
        ensure!(
            next.unread == first.unread - 1,
            "unread: {first:?}, then {next:?}"
        );
        let title = text(&told["title"])?;
        self.teller.step("gRPC-web", &format!("the inbox says: {title}"));
        Ok(())
    }

    async fn stock(&self) -> anyhow::Result<i64> {
        let answer = self
            .rest(
                Method::GET,
                &format!("/api/v1/products/{}/stock", self.product_id),
                None,
            )
            .await?;
        number(&answer["stock"]["available"])
    }

    async fn points(&self) -> anyhow::Result<i64> {
        let answer = self.rest(Method::GET, "/api/v1/members/me/points", None).await?;
        number(&answer["balance"]["available"])
    }

    async fn rest(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.edge.rest(method, path, &self.buyer.token, body).await
    }
}
