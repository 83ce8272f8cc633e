use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::GrantRoleRequest;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::convert;
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{
    CreateProductRequest, PriceLadder, PriceRung, PublishProductRequest, ReceiveLotRequest, StorageClass,
    TaxClass,
};
use xlcfi_contracts::types::v1::{Quantity, Role, Unit};

use crate::{Edge, Sandbox, authorized};

/// Longest anybody waits for something that happens by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Price of one box below 10 boxes, in won.
pub(crate) const UNIT_PRICE: i64 = 23_000;

/// Password of everybody who is signed up here, and of the demo accounts.
const PASSWORD: &str = "xlcfi-demo-1234";
const ADMIN_EMAIL: &str = "admin@xlcfi.com";

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Id of the account.
    pub id: String,
    /// Access token.
    pub token: String,
    email: String,
}

/// Signs somebody up and in.
///
/// # Errors
/// Auth refuses.
pub async fn sign_up(edge: &Edge, email: &str, name: &str) -> anyhow::Result<Person> {
    let body = json!({"email": email, "password": PASSWORD, "displayName": name});
    edge.rest(Method::POST, "/api/v1/auth/sign-up", "", Some(body))
        .await?;
    log_in(edge, email).await
}

/// Signs somebody in.
///
/// # Errors
/// Auth refuses.
pub async fn log_in(edge: &Edge, email: &str) -> anyhow::Result<Person> {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = edge
        .rest(Method::POST, "/api/v1/auth/login", "", Some(body))
        .await?;
    Ok(Person {
        id: text(&answer["account"]["accountId"])?,
        token: text(&answer["tokens"]["accessToken"])?,
        email: email.to_owned(),
    })
}

impl Person {
    /// The same person with a new token.
    ///
    /// # Errors
    /// Auth refuses.
    pub async fn log_in_again(&self, edge: &Edge) -> anyhow::Result<Self> {
        log_in(edge, &self.email).await
    }
}

/// Logs the admin of a development mesh in.
///
/// # Errors
/// The edge or auth refuses.
pub async fn log_in_admin(edge: &Edge) -> anyhow::Result<Person> {
    log_in(edge, ADMIN_EMAIL).await
}

/// Makes somebody a seller, by the demo admin, and signs them in again.
///
/// # Errors
/// Auth refuses.
pub async fn make_seller(edge: &Edge, person: Person) -> anyhow::Result<Person> {
    let admin = log_in_admin(edge).await?;
    let grant = GrantRoleRequest {
        account_id: person.id,
        role: Role::Seller.into(),
    };
    AuthServiceClient::new(edge.grpc())
        .grant_role(authorized(&admin.token, grant))
        .await?;
    log_in(edge, &person.email).await
}

/// Adds a default address, once the profile made at sign-up is there.
///
/// # Errors
/// Member refuses.
pub async fn add_address(edge: &Edge, person: &Person) -> anyhow::Result<()> {
    let profile = async || {
        edge.rest(Method::GET, "/api/v1/members/me", &person.token, None)
            .await
            .ok()
    };
    eventually(profile).await?;
    let address = json!({
        "label": "가게", "recipient": "김바다", "phone": "010-1234-5678", "postalCode": "04524",
        "line1": "서울특별시 중구 세종대로 110", "defaultAddress": true,
    });
    edge.rest(
        Method::POST,
        "/api/v1/members/me/addresses",
        &person.token,
        Some(address),
    )
    .await?;
    Ok(())
}

/// Stores a card; `behavior` `DECLINE` makes it one that is refused. Gives the
/// payment method's id.
///
/// # Errors
/// The sandbox or payment refuses.
pub async fn store_card(
    edge: &Edge,
    sandbox: &Sandbox,
    person: &Person,
    behavior: Option<&str>,
) -> anyhow::Result<String> {
    let key = edge
        .rest(Method::GET, "/api/v1/payments/customer-key", &person.token, None)
        .await?;
    let auth_key = sandbox
        .authorize_card(&text(&key["customerKey"])?, behavior)
        .await?;
    let body = json!({"authKey": auth_key});
    let answer = edge
        .rest(
            Method::POST,
            "/api/v1/payments/methods",
            &person.token,
            Some(body),
        )
        .await?;
    text(&answer["paymentMethod"]["paymentMethodId"])
}

/// Lists a product with a price ladder, receives `stock` of it and publishes it;
/// gives its id.
///
/// # Errors
/// Product refuses.
pub async fn list_product(edge: &Edge, seller: &Person, run: &str, stock: i64) -> anyhow::Result<String> {
    let categories = edge
        .rest(Method::GET, "/api/v1/products/categories", "", None)
        .await?;
    let all = categories["categories"].as_array().context("no categories")?;
    let potatoes = all
        .iter()
        .find(|category| category["slug"] == "root-vegetable")
        .or_else(|| all.last());
    let category_id = text(&potatoes.context("no category; is the demo catalogue loaded?")?["categoryId"])?;
    let mut products = ProductServiceClient::new(edge.grpc());
    let price = |minor_units| Some(convert::won(minor_units));
    let product = CreateProductRequest {
        sku: format!("POTATO-{run}"),
        category_id,
        name: format!("수미감자 10kg {run}"),
        name_en: "Superior potatoes 10kg".into(),
        description: "평창 고랭지에서 캔 수미감자입니다.".into(),
        unit: "10kg 상자".into(),
        content: Some(Quantity {
            amount: 10_000,
            unit: Unit::Gram.into(),
        }),
        origin: "국내산 강원 평창".into(),
        storage: StorageClass::Room.into(),
        allergens: Vec::new(),
        tax: TaxClass::Exempt.into(),
        prices: Some(PriceLadder {
            rungs: vec![
                PriceRung {
                    from_quantity: 1,
                    unit_price: price(UNIT_PRICE),
                },
                PriceRung {
                    from_quantity: 10,
                    unit_price: price(UNIT_PRICE - 1_000),
                },
            ],
            minimum: 1,
            multiple: 1,
            maximum: stock,
        }),
        request_id: Uuid::now_v7().to_string(),
        ..CreateProductRequest::default()
    };
    let made = products
        .create_product(authorized(&seller.token, product))
        .await?
        .into_inner();
    let product_id = made.product.context("no product in the answer")?.product_id;
    let lot = ReceiveLotRequest {
        product_id: product_id.clone(),
        quantity: stock,
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let mut lots = LotServiceClient::new(edge.grpc());
    lots.receive_lot(authorized(&seller.token, lot)).await?;
    let publish = PublishProductRequest {
        product_id: product_id.clone(),
    };
    products
        .publish_product(authorized(&seller.token, publish))
        .await?;
    Ok(product_id)
}

/// The first thing `ask` gets, asking again after a second, as a client does
/// that is told to come back later.
///
/// # Errors
/// Nothing within a minute and a half.
pub async fn patiently<V>(ask: impl AsyncFnMut() -> Option<V>) -> anyhow::Result<V> {
    every(Duration::from_secs(1), ask).await
}

/// The first thing `look` finds; it looks every 50 ms.
///
/// # Errors
/// Nothing within a minute and a half.
pub async fn eventually<V>(look: impl AsyncFnMut() -> Option<V>) -> anyhow::Result<V> {
    every(Duration::from_millis(50), look).await
}

async fn every<V>(pause: Duration, mut look: impl AsyncFnMut() -> Option<V>) -> anyhow::Result<V> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        ensure!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain");
        sleep(pause).await;
    }
}

/// The text of a JSON value.
///
/// # Errors
/// It is none.
pub fn text(value: &Value) -> anyhow::Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("expected a text, got {value}"))
}

/// A number, which ProtoJSON writes as text and leaves out when 0.
pub(crate) fn number(value: &Value) -> anyhow::Result<i64> {
    match value {
        Value::Null => Ok(0),
        value => Ok(value
            .as_str()
            .with_context(|| format!("expected a number, got {value}"))?
            .parse()?),
    }
}

/// The won of an amount as REST gives it.
///
/// # Errors
/// It is none.
pub fn won(money: &Value) -> anyhow::Result<i64> {
    number(&money["minorUnits"])
}
