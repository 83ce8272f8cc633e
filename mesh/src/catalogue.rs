//! The demo catalogue, loaded through the services' own methods at the first
//! start: accounts, categories, products and lots.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{FindAccountRequest, GrantRoleRequest, LogInRequest, SignUpRequest};
use xlcfi_contracts::convert;
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{
    Allergen, Category, CreateCategoryRequest, CreateProductRequest, ListCategoriesRequest, PriceLadder,
    PriceRung, PublishProductRequest, ReceiveLotRequest, StorageClass, TaxClass,
};
use xlcfi_contracts::types::v1::{Quantity, Role, Unit};
use xlcfi_identity::{EDGE, Signer, User, on_behalf_of};
use xlcfi_service::{Peer, Peers};
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Place;
use crate::identities::Identities;
use crate::services::{self, ADMIN_EMAIL, DEMO_PASSWORD};

/// Sells the demo catalogue.
pub(crate) const SELLER_EMAIL: &str = "seller@xlcfi.com";
/// Buys.
pub(crate) const BUYER_EMAIL: &str = "buyer@xlcfi.com";

const CATEGORIES: &str = include_str!("../catalogue/categories.csv");
const PRODUCTS: &str = include_str!("../catalogue/products.csv");
/// In the data folder once the catalogue is in.
const MARKER: &str = "catalogue-loaded";
/// Products sent at a time.
const AT_ONCE: usize = 16;

#[derive(Deserialize)]
struct CategoryRow {
    slug: String,
    parent_slug: String,
    name_ko: String,
    name_en: String,
    sort: i32,
}

#[derive(Deserialize)]
struct ProductRow {
    sku: String,
    category: String,
    name: String,
    name_en: String,
    description: String,
    unit: String,
    net_grams: i64,
    origin: String,
    storage: String,
    allergens: String,
    tax: String,
    prices: String,
    moq: i64,
    multiple: i64,
    max: i64,
    lots: String,
}

/// Loads the catalogue unless it is in already. Every call may be repeated, so
/// a load that was cut off is simply done again.
pub(crate) async fn load(place: &Place, identities: &Identities) -> anyhow::Result<()> {
    let marker = place.data.join(MARKER);
    if marker.exists() {
        return Ok(());
    }
    let peers = Peers::new(Signer::new(EDGE, identities.seed(EDGE)?), services::peers(place));
    let mut auth = AuthServiceClient::new(peers.channel("auth")?);
    let admin = log_in(&mut auth, ADMIN_EMAIL).await?;
    sign_up(&mut auth, BUYER_EMAIL, "김바다").await?;
    let seller_id = sign_up(&mut auth, SELLER_EMAIL, "한빛농산").await?;
    let grant = GrantRoleRequest {
        account_id: seller_id,
        role: Role::Seller.into(),
    };
    auth.grant_role(on_behalf_of(grant, &admin))
        .await
        .context("cannot make the demo seller a seller")?;
    let seller = log_in(&mut auth, SELLER_EMAIL).await?;

    let products = ProductServiceClient::new(peers.channel("product")?);
    let lots = LotServiceClient::new(peers.channel("product")?);
    let categories = load_categories(products.clone(), &admin).await?;
    let rows: Vec<ProductRow> = csv::Reader::from_reader(PRODUCTS.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("products.csv")?;
    stream::iter(rows)
        .map(|row| load_product(products.clone(), lots.clone(), &seller, &categories, row))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    std::fs::write(&marker, "").with_context(|| format!("cannot write {}", marker.display()))
}

async fn sign_up(
    auth: &mut AuthServiceClient<Peer>,
    email: &str,
    display_name: &str,
) -> anyhow::Result<String> {
    let request = SignUpRequest {
        email: email.into(),
        password: DEMO_PASSWORD.into(),
        display_name: display_name.into(),
        request_id: stable_id(email).to_string(),
        ..Default::default()
    };
    match auth.sign_up(request).await {
        Ok(answer) => Ok(answer.into_inner().account.unwrap_or_default().account_id),
        Err(status) if status.code() == Code::AlreadyExists => {
            let admin = log_in(auth, ADMIN_EMAIL).await?;
            let found = auth
                .find_account(on_behalf_of(FindAccountRequest { email: email.into() }, &admin))
                .await?;
            Ok(found.into_inner().account.unwrap_or_default().account_id)
        }
        Err(status) => Err(status).with_context(|| format!("cannot sign {email} up")),
    }
}

/// Who somebody is; retried while auth is still making its first admin.
async fn log_in(auth: &mut AuthServiceClient<Peer>, email: &str) -> anyhow::Result<User> {
    let begun = Instant::now();
    loop {
        let request = LogInRequest {
            email: email.into(),
            password: DEMO_PASSWORD.into(),
            device_name: String::new(),
        };
        match auth.log_in(request).await {
            Ok(answer) => {
                let account = answer.into_inner().account.unwrap_or_default();
                let roles = account.roles().collect();
                return Ok(User {
                    id: parse(&account.account_id)?,
                    roles,
                    session_id: Uuid::now_v7(),
                });
            }
            Err(status)
                if status.code() == Code::Unavailable && begun.elapsed() < Duration::from_secs(10) =>
            {
                sleep(Duration::from_millis(50)).await;
            }
            Err(status) => {
                return Err(status).with_context(|| {
                    format!("cannot log in as {email}; was its password changed? Then remove the data folder or load your own catalogue")
                });
            }
        }
    }
}

fn parse<T>(id: &str) -> anyhow::Result<Id<T>> {
    id.parse()
        .map_err(|_| anyhow::anyhow!("auth answered with a broken account id"))
}

async fn load_categories(
    mut products: ProductServiceClient<Peer>,
    admin: &User,
) -> anyhow::Result<HashMap<String, String>> {
    let listed = products
        .list_categories(ListCategoriesRequest {})
        .await?
        .into_inner()
        .categories;
    let mut ids: HashMap<String, String> = listed
        .into_iter()
        .map(
            |Category {
                 slug, category_id, ..
             }| (slug, category_id),
        )
        .collect();
    for row in csv::Reader::from_reader(CATEGORIES.as_bytes()).deserialize() {
        let row: CategoryRow = row.context("categories.csv")?;
        if ids.contains_key(&row.slug) {
            continue;
        }
        let request = CreateCategoryRequest {
            slug: row.slug.clone(),
            parent_id: ids.get(&row.parent_slug).cloned().unwrap_or_default(),
            name_ko: row.name_ko,
            name_en: row.name_en,
            sort: row.sort,
        };
        let made = products.create_category(on_behalf_of(request, admin)).await;
        let made = made
            .with_context(|| format!("category {}", row.slug))?
            .into_inner()
            .category
            .unwrap_or_default();
        ids.insert(row.slug, made.category_id);
    }
    Ok(ids)
}

async fn load_product(
    mut products: ProductServiceClient<Peer>,
    mut lots: LotServiceClient<Peer>,
    seller: &User,
    categories: &HashMap<String, String>,
    row: ProductRow,
) -> anyhow::Result<()> {
    let sku = row.sku.clone();
    let received = lots_of(&row).with_context(|| format!("product {sku}"))?;
    let request = product(row, categories).with_context(|| format!("product {sku}"))?;
    let made = products.create_product(on_behalf_of(request, seller)).await;
    let product_id = made
        .with_context(|| format!("product {sku}"))?
        .into_inner()
        .product
        .unwrap_or_default()
        .product_id;
    for (index, (quantity, use_by_date)) in received.into_iter().enumerate() {
        let request = ReceiveLotRequest {
            product_id: product_id.clone(),
            quantity,
            supplier_lot: format!("DEMO-{}", index + 1),
            use_by_date,
            request_id: stable_id(&format!("{sku}/{index}")).to_string(),
            ..ReceiveLotRequest::default()
        };
        lots.receive_lot(on_behalf_of(request, seller))
            .await
            .with_context(|| format!("lot of {sku}"))?;
    }
    let publish = PublishProductRequest { product_id };
    products
        .publish_product(on_behalf_of(publish, seller))
        .await
        .with_context(|| format!("product {sku}"))?;
    Ok(())
}

fn product(row: ProductRow, categories: &HashMap<String, String>) -> anyhow::Result<CreateProductRequest> {
    let unknown = |what: &str, name: &str| anyhow::anyhow!("{what} {name} is unknown");
    let storage = StorageClass::from_str_name(&format!("STORAGE_CLASS_{}", row.storage));
    let tax = TaxClass::from_str_name(&format!("TAX_CLASS_{}", row.tax));
    let allergens = row
        .allergens
        .split(';')
        .filter(|name| !name.is_empty())
        .map(|name| {
            let allergen = Allergen::from_str_name(&format!("ALLERGEN_{name}"));
            allergen.map(i32::from).ok_or_else(|| unknown("allergen", name))
        });
    let rungs = row.prices.split(';').map(|rung| {
        let (from, won) = rung.split_once(':').with_context(|| format!("price {rung}"))?;
        let unit_price = Some(convert::won(won.parse()?));
        Ok(PriceRung {
            from_quantity: from.parse()?,
            unit_price,
        })
    });
    Ok(CreateProductRequest {
        request_id: stable_id(&row.sku).to_string(),
        category_id: categories
            .get(&row.category)
            .cloned()
            .ok_or_else(|| unknown("category", &row.category))?,
        storage: storage.ok_or_else(|| unknown("storage", &row.storage))?.into(),
        tax: tax.ok_or_else(|| unknown("tax", &row.tax))?.into(),
        allergens: allergens.collect::<anyhow::Result<_>>()?,
        prices: Some(PriceLadder {
            rungs: rungs.collect::<anyhow::Result<_>>()?,
            minimum: row.moq,
            multiple: row.multiple,
            maximum: row.max,
        }),
        content: Some(Quantity {
            amount: row.net_grams,
            unit: Unit::Gram.into(),
        }),
        sku: row.sku,
        name: row.name,
        name_en: row.name_en,
        description: row.description,
        unit: row.unit,
        origin: row.origin,
        ..CreateProductRequest::default()
    })
}

/// Quantities and use-by dates of a row's lots, counted from today in Korea.
fn lots_of(row: &ProductRow) -> anyhow::Result<Vec<(i64, String)>> {
    let today = seoul_date(time::OffsetDateTime::now_utc());
    let lot = |text: &str| {
        let (quantity, days) = text.split_once('@').with_context(|| format!("lot {text}"))?;
        let date = match days {
            "-" => String::new(),
            days => (today + time::Duration::days(days.parse()?)).to_string(),
        };
        Ok((quantity.parse()?, date))
    };
    row.lots.split(';').map(lot).collect()
}

/// The same request id for the same thing at every load.
fn stable_id(name: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("https://xlcfi.com/demo/{name}").as_bytes(),
    )
}
