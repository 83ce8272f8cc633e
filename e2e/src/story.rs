use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::GrantRoleRequest;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{CancelOrderRequest, OrderState, SetCartLineRequest, WatchOrderRequest};
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{
    CreateProductRequest, PriceLadder, PriceRung, PublishProductRequest, ReceiveLotRequest, StorageClass, TaxClass,
};
use xlcfi_contracts::types::v1::{Money, Quantity, Role, Unit};

use crate::{Edge, Ledger, Sandbox, authorized};

/// Longest the story waits for something that happens by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who hears the story, line by line.
pub trait Teller {
    /// A chapter begins.
    fn chapter(&self, title: &str);
    /// A step was done, in a protocol.
    fn step(&self, protocol: &str, text: &str);
}

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Id of the account.
    pub id: String,
    /// Access token.
    pub token: String,
    email: String,
}

/// The trade story: people and what they trade, through the edge.
#[derive(Debug)]
pub struct Story<'a, T> {
    edge: &'a Edge,
    sandbox: &'a Sandbox,
    teller: &'a T,
    buyer: Person,
    product_id: String,
}

/// Password of everybody the story signs up, and of the demo accounts.
const PASSWORD: &str = "xlcfi-demo-1234";
const ADMIN_EMAIL: &str = "admin@xlcfi.com";
const STOCK: i64 = 100;
const UNIT_PRICE: i64 = 23_000;

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
        let admin = log_in(edge, ADMIN_EMAIL).await?;
        let grant = GrantRoleRequest { account_id: seller.id.clone(), role: Role::Seller.into() };
        AuthServiceClient::new(edge.grpc()).grant_role(authorized(&admin.token, grant)).await?;
        let seller = log_in(edge, &seller.email).await?;
        teller.step("gRPC", "the admin made the seller a SELLER");

        teller.chapter("The seller lists a product");
        let product_id = list_product(edge, teller, &seller, &run).await?;
        let story = Self { edge, sandbox, teller, buyer, product_id };
        story.search(&run).await?;
        Ok(story)
    }

    /// A cart is ordered, paid in the widget and confirmed; points are earned.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn buy_with_widget(&self) -> anyhow::Result<()> {
        self.teller.chapter("The buyer fills a cart, orders and pays in the PG's widget");
        self.eventually(async || self.rest(Method::GET, "/api/v1/members/me", None).await.ok()).await?;
        let address = json!({
            "label": "가게", "recipient": "김바다", "phone": "010-1234-5678", "postalCode": "04524",
            "line1": "서울특별시 중구 세종대로 110", "defaultAddress": true,
        });
        self.rest(Method::POST, "/api/v1/members/me/addresses", Some(address)).await?;
        self.teller.step("REST", "address added");
        let (web, origin) = self.edge.web()?;
        let line = SetCartLineRequest { product_id: self.product_id.clone(), quantity: 2 };
        let mut orders = OrderServiceClient::with_origin(web, origin);
        orders.set_cart_line(authorized(&self.buyer.token, line)).await?;
        self.teller.step("gRPC-web", "2 boxes put into the cart");

        let order = self.order(json!({})).await?;
        let (id, payable) = (text(&order["orderId"])?, won(&order["payable"])?);
        ensure!(payable == 2 * UNIT_PRICE, "the order costs {payable} won, not {}", 2 * UNIT_PRICE);
        self.teller.step("REST", &format!("order {id} accepted: {payable} won"));
        self.watch_until(&id, OrderState::AwaitingPayment).await?;

        let payment_key = self.sandbox.check_out(&id, payable).await?;
        self.teller.step("sandbox", "the buyer paid in the widget");
        let confirm = json!({
            "orderId": id, "paymentKey": payment_key,
            "amount": {"currencyCode": "KRW", "minorUnits": payable.to_string()},
        });
        self.rest(Method::POST, "/api/v1/payments/confirm", Some(confirm)).await?;
        self.teller.step("REST", "payment confirmed");
        self.watch_until(&id, OrderState::Confirmed).await?;

        let earned = payable / 100;
        self.eventually(async || (self.points().await.ok()? == earned).then_some(())).await?;
        self.teller.step("REST", &format!("{earned} points earned"));
        ensure!(self.stock().await? == STOCK - 2, "2 boxes should have left the stock");
        Ok(())
    }

    /// A card is declined: the order is cancelled and the stock is back.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn be_declined(&self) -> anyhow::Result<()> {
        self.teller.chapter("A card is declined: the stock comes back, the order is CANCELLED");
        let before = self.stock().await?;
        let method = self.store_card(Some("DECLINE")).await?;
        let order = self.order(self.five_boxes(&method)).await?;
        let id = text(&order["orderId"])?;
        self.teller.step("REST", &format!("order {id} accepted, to be charged to a card without money"));
        self.watch_until(&id, OrderState::Cancelled).await?;
        let order = self.rest(Method::GET, &format!("/api/v1/orders/{id}"), None).await?;
        ensure!(order["order"]["failureReason"] == "PAYMENT_DECLINED", "cancelled for another reason: {order}");
        self.eventually(async || (self.stock().await.ok()? == before).then_some(())).await?;
        self.teller.step("REST", &format!("stock is {before} again"));
        Ok(())
    }

    /// A confirmed order is cancelled and refunded.
    ///
    /// # Errors
    /// A step does not do what it should.
    pub async fn cancel_and_be_refunded(&self) -> anyhow::Result<()> {
        self.teller.chapter("The buyer cancels a confirmed order and is refunded");
        let (stock, points) = (self.stock().await?, self.points().await?);
        let method = self.store_card(None).await?;
        let order = self.order(self.five_boxes(&method)).await?;
        let (id, payable) = (text(&order["orderId"])?, won(&order["payable"])?);
        self.teller.step("REST", &format!("order {id} accepted, charged to a stored card"));
        self.watch_until(&id, OrderState::Confirmed).await?;

        let cancel = CancelOrderRequest { order_id: id.clone(), reason: "다른 곳에서 샀어요".into() };
        OrderServiceClient::new(self.edge.grpc()).cancel_order(authorized(&self.buyer.token, cancel)).await?;
        self.teller.step("gRPC", "cancel asked");
        self.watch_until(&id, OrderState::Cancelled).await?;
        let payment = self.rest(Method::GET, &format!("/api/v1/payments/orders/{id}"), None).await?;
        ensure!(payment["payment"]["state"] == "PAYMENT_STATE_REFUNDED", "not refunded: {payment}");
        let books = self.sandbox.ledger(&id).await?;
        ensure!(books == Ledger { captured: payable, refunded: payable }, "the PG's books say {books:?}");
        self.teller.step("REST", &format!("{payable} won refunded; the PG's own books agree"));
        self.eventually(async || (self.stock().await.ok()? == stock).then_some(())).await?;
        self.eventually(async || (self.points().await.ok()? == points).then_some(())).await?;
        self.teller.step("REST", &format!("stock is {stock} and points are {points} again"));
        Ok(())
    }

    async fn search(&self, run: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/products?query={run}");
        let found = self.eventually(async || {
            let answer = self.edge.rest(Method::GET, &path, "", None).await.ok()?;
            (answer["products"].as_array()?.len() == 1).then_some(answer)
        });
        let found = found.await?;
        ensure!(found["products"][0]["productId"] == self.product_id.as_str(), "found another product: {found}");
        self.teller.step("REST", "a search of the list finds it");
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
        let key = self.rest(Method::GET, "/api/v1/payments/customer-key", None).await?;
        let auth_key = self.sandbox.authorize_card(&text(&key["customerKey"])?, behavior).await?;
        let answer = self.rest(Method::POST, "/api/v1/payments/methods", Some(json!({"authKey": auth_key}))).await?;
        self.teller.step("REST", "card stored by its token");
        text(&answer["paymentMethod"]["paymentMethodId"])
    }

    /// Tells each state the order's stream brings, until `last`.
    async fn watch_until(&self, order_id: &str, last: OrderState) -> anyhow::Result<()> {
        let (web, origin) = self.edge.web()?;
        let mut orders = OrderServiceClient::with_origin(web, origin);
        let request = WatchOrderRequest { order_id: order_id.to_owned(), after_version: 0 };
        let mut states = orders.watch_order(authorized(&self.buyer.token, request)).await?.into_inner();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let next = tokio::time::timeout_at(deadline, states.message()).await;
            let next = next.with_context(|| format!("the order did not become {}", last.as_str_name()))??;
            let order = next.and_then(|answer| answer.order).context("the stream ended early")?;
            self.teller.step("gRPC-web", &format!("order is {}", order.state().as_str_name().trim_start_matches("ORDER_STATE_")));
            if order.state() == last {
                return Ok(());
            }
        }
    }

    async fn stock(&self) -> anyhow::Result<i64> {
        let answer = self.rest(Method::GET, &format!("/api/v1/products/{}/stock", self.product_id), None).await?;
        number(&answer["stock"]["available"])
    }

    async fn points(&self) -> anyhow::Result<i64> {
        let answer = self.rest(Method::GET, "/api/v1/members/me/points", None).await?;
        number(&answer["balance"]["available"])
    }

    async fn rest(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.edge.rest(method, path, &self.buyer.token, body).await
    }

    async fn eventually<V>(&self, mut look: impl AsyncFnMut() -> Option<V>) -> anyhow::Result<V> {
        let begun = Instant::now();
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            ensure!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn sign_up(edge: &Edge, email: &str, name: &str) -> anyhow::Result<Person> {
    let body = json!({"email": email, "password": PASSWORD, "displayName": name});
    edge.rest(Method::POST, "/api/v1/auth/sign-up", "", Some(body)).await?;
    log_in(edge, email).await
}

async fn log_in(edge: &Edge, email: &str) -> anyhow::Result<Person> {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = edge.rest(Method::POST, "/api/v1/auth/login", "", Some(body)).await?;
    Ok(Person {
        id: text(&answer["account"]["accountId"])?,
        token: text(&answer["tokens"]["accessToken"])?,
        email: email.to_owned(),
    })
}

async fn list_product(edge: &Edge, teller: &impl Teller, seller: &Person, run: &str) -> anyhow::Result<String> {
    let categories = edge.rest(Method::GET, "/api/v1/products/categories", "", None).await?;
    let all = categories["categories"].as_array().context("no categories")?;
    let potatoes = all.iter().find(|category| category["slug"] == "root-vegetable").or_else(|| all.last());
    let category_id = text(&potatoes.context("no category; is the demo catalogue loaded?")?["categoryId"])?;
    let mut products = ProductServiceClient::new(edge.grpc());
    let won = |minor_units| Some(Money { currency_code: "KRW".into(), minor_units });
    let product = CreateProductRequest {
        sku: format!("POTATO-{run}"),
        category_id,
        name: format!("수미감자 10kg {run}"),
        name_en: "Superior potatoes 10kg".into(),
        description: "평창 고랭지에서 캔 수미감자입니다.".into(),
        unit: "10kg 상자".into(),
        content: Some(Quantity { amount: 10_000, unit: Unit::Gram.into() }),
        origin: "국내산 강원 평창".into(),
        storage: StorageClass::Room.into(),
        allergens: Vec::new(),
        tax: TaxClass::Exempt.into(),
        prices: Some(PriceLadder {
            rungs: vec![
                PriceRung { from_quantity: 1, unit_price: won(UNIT_PRICE) },
                PriceRung { from_quantity: 10, unit_price: won(UNIT_PRICE - 1_000) },
            ],
            minimum: 1,
            multiple: 1,
            maximum: STOCK,
        }),
        request_id: Uuid::now_v7().to_string(),
    };
    let made = products.create_product(authorized(&seller.token, product)).await?.into_inner();
    let product_id = made.product.context("no product in the answer")?.product_id;
    teller.step("gRPC", "product listed as a draft");
    let lot = ReceiveLotRequest {
        product_id: product_id.clone(),
        quantity: STOCK,
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    products.receive_lot(authorized(&seller.token, lot)).await?;
    teller.step("gRPC", &format!("lot of {STOCK} boxes received"));
    let publish = PublishProductRequest { product_id: product_id.clone() };
    products.publish_product(authorized(&seller.token, publish)).await?;
    teller.step("gRPC", "product published");
    Ok(product_id)
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("expected a text, got {value}"))
}

/// A number, which ProtoJSON writes as text and leaves out when 0.
fn number(value: &Value) -> anyhow::Result<i64> {
    match value {
        Value::Null => Ok(0),
        value => Ok(value.as_str().with_context(|| format!("expected a number, got {value}"))?.parse()?),
    }
}

fn won(money: &Value) -> anyhow::Result<i64> {
    number(&money["minorUnits"])
}
