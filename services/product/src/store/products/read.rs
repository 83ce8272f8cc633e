use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::LotProduct;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use super::row::Row;
use crate::attribute::Attributes;
use crate::category::Category;
use crate::error::Error;
use crate::ingredients::Ingredients;
use crate::product::Product;
use crate::special::Special;

/// Those of the products that exist, in no order.
pub async fn find(db: impl PgExecutor<'_>, ids: &[Id<Product>], today: Date) -> Result<Vec<Product>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select product_id, seller_id, family_id, category_id, sku, name, name_en, description, size, pack, grade,
             unit, content_amount, content_unit, origin, storage, allergens, tax, rung_quantities, rung_prices,
             minimum, multiple, maximum, attributes as "attributes: sqlx::types::Json<Attributes>",
             ingredients as "ingredients: sqlx::types::Json<Ingredients>", image_ids, gtin,
             report_number, licence_number, promised_days, step_days, step_percents,
             specials as "specials: sqlx::types::Json<Vec<Special>>", state,
             stock.dates as "dates!: Vec<Option<Date>>", stock.units as "units!", popularity, ratings, rating_mean, rating_wilson,
             version, create_time, update_time
         from product
         cross join lateral (
             select coalesce(array_agg(use_by_date), '{}') as dates, coalesce(array_agg(units), '{}') as units
             from (
                 select use_by_date, sum(on_hand)::bigint as units from lot
                 where lot.product_id = product.product_id and open and (use_by_date is null or use_by_date >= $2)
                 group by use_by_date
             ) dated
         ) stock
         where product_id = any ($1)"#,
        &ids,
        today,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| Ok(Product::try_from(row)?)).collect()
}

/// One product.
pub async fn get(db: impl PgExecutor<'_>, id: Id<Product>, today: Date) -> Result<Product, Error> {
    find(db, &[id], today)
        .await?
        .pop()
        .ok_or(Error::ProductNotFound(id.uuid()))
}

/// Products in the order of their ids; those that do not exist are left out.
pub(super) async fn in_order(pool: &PgPool, ids: Vec<Uuid>, today: Date) -> Result<Vec<Product>, Error> {
    let asked: Vec<Id<Product>> = ids.iter().copied().map(Id::from_uuid).collect();
    let found = find(pool, &asked, today).await?;
    let mut by_id: HashMap<Id<Product>, Product> = found
        .into_iter()
        .map(|product| (product.product_id, product))
        .collect();
    Ok(asked.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Which products to list.
#[derive(Debug, Default)]
pub struct Filter {
    pub published_only: bool,
    pub seller_id: Option<Id<Member>>,
    /// This one and those below it.
    pub category_id: Option<Id<Category>>,
    pub in_stock_only: bool,
}

/// Products, newest first; one more than the page.
pub async fn list(pool: &PgPool, filter: &Filter, page: &Page, today: Date) -> Result<Vec<Product>, Error> {
    let (time, id) = page.start();
    let ids = sqlx::query_scalar!(
        r#"with recursive branch as (
             select $6::uuid as category_id
             union all
             select below.category_id from category below join branch on below.parent_id = branch.category_id
         )
         select product_id from product
         where (create_time, product_id) < ($2, $3)
             and (state = 'published' or not $4)
             and ($5::uuid is null or seller_id = $5)
             and ($6::uuid is null or category_id in (select branch.category_id from branch))
             and (not $7 or minimum <= (
                 select sum(on_hand) from lot
                 where lot.product_id = product.product_id and open
                     and (use_by_date is null or use_by_date >= $1::date + full_price_days)))
         order by create_time desc, product_id desc limit $8"#,
        today,
        time,
        id,
        filter.published_only,
        filter.seller_id.map(Id::uuid),
        filter.category_id.map(Id::uuid),
        filter.in_stock_only,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await?;
    in_order(pool, ids, today).await
}

/// A product and its variants, by size, pack and grade: those on sale, and all to
/// their seller.
pub async fn family(
    pool: &PgPool,
    id: Id<Product>,
    viewer: Option<Id<Member>>,
    today: Date,
) -> Result<Vec<Product>, Error> {
    let ids = sqlx::query_scalar!(
        "select product_id from product
         where family_id = (select family_id from product where product_id = $1)
             and (state = 'published' or seller_id = $2)
         order by size, pack, grade, product_id limit 200",
        id.uuid(),
        viewer.map(Id::uuid),
    )
    .fetch_all(pool)
    .await?;
    in_order(pool, ids, today).await
}

/// The pictures a product of the seller shows.
pub async fn images(
    db: impl PgExecutor<'_>,
    id: Id<Product>,
    seller_id: Id<Member>,
) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select image_ids from product where product_id = $1 and seller_id = $2",
        id.uuid(),
        seller_id.uuid(),
    )
    .fetch_optional(db)
    .await
}

/// The product a request of the seller made.
pub async fn find_by_request(
    db: impl PgExecutor<'_>,
    seller_id: Id<Member>,
    request_id: Uuid,
) -> Result<Option<Id<Product>>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select product_id from product where seller_id = $1 and request_id = $2",
        seller_id.uuid(),
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(Id::from_uuid))
}

/// The product of the seller with this SKU.
pub async fn find_by_sku(
    db: impl PgExecutor<'_>,
    seller_id: Id<Member>,
    sku: &str,
) -> Result<Option<Id<Product>>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select product_id from product where seller_id = $1 and sku = $2",
        seller_id.uuid(),
        sku,
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(Id::from_uuid))
}

/// Products whose public price changes by now, by time.
pub async fn with_changed_prices(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Id<Product>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select product_id from product where price_change_time <= $1 order by price_change_time, product_id limit $2",
        now,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// Whether a product is the seller's.
pub async fn is_own(
    pool: &PgPool,
    product_id: Id<Product>,
    seller_id: Id<Member>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from product where product_id = $1 and seller_id = $2) as "own!""#,
        product_id.uuid(),
        seller_id.uuid(),
    )
    .fetch_one(pool)
    .await
}

/// What is told of a lot's product.
pub async fn lot_product(conn: &mut PgConnection, id: Id<Product>) -> Result<LotProduct, sqlx::Error> {
    let row = sqlx::query!(
        "select seller_id, name, gtin, storage from product where product_id = $1",
        id.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(LotProduct {
        seller_id: row.seller_id.to_string(),
        name: row.name,
        gtin: row.gtin,
        storage: row.storage.into(),
    })
}
