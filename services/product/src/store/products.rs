use sqlx::{PgConnection, PgExecutor};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass, TaxClass};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_errors::{Fault, OnConstraint as _};
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money, Page};

use crate::category::Category;
use crate::error::Error;
use crate::ladder::{Ladder, Rung};
use crate::product::{Details, Product, State};

struct Row {
    product_id: Uuid,
    seller_id: Uuid,
    category_id: Uuid,
    sku: String,
    name: String,
    name_en: String,
    description: String,
    unit: String,
    content_amount: i64,
    content_unit: i16,
    origin: String,
    storage: i16,
    allergens: Vec<i16>,
    tax: i16,
    rung_quantities: Vec<i64>,
    rung_prices: Vec<i64>,
    minimum: i64,
    multiple: i64,
    maximum: i64,
    state: String,
    available: i64,
    version: i64,
    create_time: OffsetDateTime,
    update_time: OffsetDateTime,
}

impl TryFrom<Row> for Product {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let corrupt = |what: &str| Fault::bug(format!("product {} has a corrupt {what}", row.product_id));
        let rungs = row.rung_quantities.iter().zip(&row.rung_prices);
        let rungs = rungs.map(|(&from_quantity, &won)| Rung {
            from_quantity,
            unit_price: Money::won(won),
        });
        let prices = Ladder::new(rungs.collect(), row.minimum, row.multiple, row.maximum);
        let allergens = row
            .allergens
            .iter()
            .map(|&number| Allergen::try_from(i32::from(number)));
        let details = Details {
            category_id: row.category_id.into(),
            content: (
                row.content_amount,
                Unit::try_from(i32::from(row.content_unit)).map_err(|_| corrupt("unit"))?,
            ),
            storage: StorageClass::try_from(i32::from(row.storage)).map_err(|_| corrupt("storage"))?,
            allergens: allergens
                .collect::<Result<_, _>>()
                .map_err(|_| corrupt("allergen"))?,
            tax: TaxClass::try_from(i32::from(row.tax)).map_err(|_| corrupt("tax"))?,
            prices: prices.map_err(|_| corrupt("price ladder"))?,
            name: row.name,
            name_en: row.name_en,
            description: row.description,
            unit: row.unit,
            origin: row.origin,
        };
        Ok(Self {
            state: State::from_name(&row.state)
                .ok_or_else(|| Fault::bug(format!("product {} has a corrupt state", row.product_id)))?,
            product_id: row.product_id.into(),
            seller_id: row.seller_id.into(),
            sku: row.sku,
            details,
            available: row.available,
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

/// Those of the products that exist, in no order.
pub async fn find(db: impl PgExecutor<'_>, ids: &[Id<Product>], today: Date) -> Result<Vec<Product>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select product_id, seller_id, category_id, sku, name, name_en, description, unit, content_amount,
             content_unit, product.origin, storage, allergens, tax, rung_quantities, rung_prices, minimum,
             multiple, maximum, state, stock.available as "available!", version, create_time, update_time
         from product
         cross join lateral (
             select coalesce(sum(on_hand), 0)::bigint as available from lot
             where lot.product_id = product.product_id and open and (use_by_date is null or use_by_date >= $2)
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

/// Which products to list.
#[derive(Debug, Default)]
pub struct Filter {
    pub published_only: bool,
    pub seller_id: Option<Id<Member>>,
    /// This one and those below it.
    pub category_id: Option<Id<Category>>,
    /// Patterns of `ilike`, each to be met by name, English name or origin.
    pub patterns: Vec<String>,
    pub in_stock_only: bool,
}

/// Products, newest first; one more than the page.
pub async fn list(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    page: &Page,
    today: Date,
) -> Result<Vec<Product>, Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        r#"with recursive branch as (
             select $6::uuid as category_id
             union all
             select below.category_id from category below join branch on below.parent_id = branch.category_id
         )
         select product_id, seller_id, category_id, sku, name, name_en, description, unit, content_amount,
             content_unit, product.origin, storage, allergens, tax, rung_quantities, rung_prices, minimum,
             multiple, maximum, state, stock.available as "available!", version, create_time, update_time
         from product
         cross join lateral (
             select coalesce(sum(on_hand), 0)::bigint as available from lot
             where lot.product_id = product.product_id and open and (use_by_date is null or use_by_date >= $1)
         ) stock
         where (create_time, product_id) < ($2, $3)
             and (state = 'published' or not $4)
             and ($5::uuid is null or seller_id = $5)
             and ($6::uuid is null or category_id in (select branch.category_id from branch))
             and concat_ws(E'\n', name, name_en, product.origin) ilike all ($7::text[])
             and (stock.available >= minimum or not $8)
         order by create_time desc, product_id desc limit $9"#,
        today,
        time,
        id,
        filter.published_only,
        filter.seller_id.map(Id::uuid),
        filter.category_id.map(Id::uuid),
        &filter.patterns,
        filter.in_stock_only,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| Ok(Product::try_from(row)?)).collect()
}

/// A draft as it is first written.
#[derive(Debug)]
pub struct NewProduct<'a> {
    pub product_id: Id<Product>,
    pub seller_id: Id<Member>,
    pub request_id: Option<Uuid>,
    pub sku: &'a str,
    pub details: &'a Details,
    pub now: OffsetDateTime,
}

/// Writes a draft; false when the seller has one of this SKU or request.
pub async fn insert(conn: &mut PgConnection, new: &NewProduct<'_>) -> Result<bool, Error> {
    let columns = Columns::of(new.details);
    let details = new.details;
    let inserted = sqlx::query!(
        "insert into product (product_id, seller_id, request_id, sku, category_id, name, name_en, description, unit,
             content_amount, content_unit, origin, storage, allergens, tax, rung_quantities, rung_prices, minimum,
             multiple, maximum, state, sold_out, version, create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             'draft', true, 1, $21, $21)
         on conflict do nothing",
        new.product_id.uuid(),
        new.seller_id.uuid(),
        new.request_id,
        new.sku,
        details.category_id.uuid(),
        details.name,
        details.name_en,
        details.description,
        details.unit,
        details.content.0,
        columns.content_unit,
        details.origin,
        columns.storage,
        &columns.allergens,
        columns.tax,
        &columns.rung_quantities,
        &columns.rung_prices,
        details.prices.minimum(),
        details.prices.multiple(),
        details.prices.maximum(),
        new.now,
    )
    .execute(conn)
    .await
    .on_constraint("product_category_id_fkey", || Error::CategoryNotFound)?;
    Ok(inserted.rows_affected() == 1)
}

/// The product a request of the seller made.
pub async fn find_by_request(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    request_id: Uuid,
) -> Result<Option<Id<Product>>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select product_id from product where seller_id = $1 and request_id = $2",
        seller_id.uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(Id::from_uuid))
}

/// A product of the seller, locked: state, version and origin.
pub async fn lock(
    conn: &mut PgConnection,
    id: Id<Product>,
    seller_id: Id<Member>,
) -> Result<(State, i64, String), Error> {
    let row = sqlx::query!(
        "select state, version, origin from product where product_id = $1 and seller_id = $2
         for no key update",
        id.uuid(),
        seller_id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::ProductNotFound(id.uuid()))?;
    let state = State::from_name(&row.state).ok_or_else(|| Fault::bug("a corrupt product state"))?;
    Ok((state, row.version, row.origin))
}

/// Replaces the details of a locked product.
pub async fn set_details(
    conn: &mut PgConnection,
    id: Id<Product>,
    details: &Details,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let columns = Columns::of(details);
    sqlx::query!(
        "update product set category_id = $2, name = $3, name_en = $4, description = $5, unit = $6,
             content_amount = $7, content_unit = $8, origin = $9, storage = $10, allergens = $11, tax = $12,
             rung_quantities = $13, rung_prices = $14, minimum = $15, multiple = $16, maximum = $17,
             version = version + 1, update_time = $18
         where product_id = $1",
        id.uuid(),
        details.category_id.uuid(),
        details.name,
        details.name_en,
        details.description,
        details.unit,
        details.content.0,
        columns.content_unit,
        details.origin,
        columns.storage,
        &columns.allergens,
        columns.tax,
        &columns.rung_quantities,
        &columns.rung_prices,
        details.prices.minimum(),
        details.prices.multiple(),
        details.prices.maximum(),
        now,
    )
    .execute(conn)
    .await
    .on_constraint("product_category_id_fkey", || Error::CategoryNotFound)?;
    Ok(())
}

/// Moves a locked product to another state.
pub async fn set_state(
    conn: &mut PgConnection,
    id: Id<Product>,
    state: State,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set state = $2, version = version + 1, update_time = $3 where product_id = $1",
        id.uuid(),
        state.name(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Details in the shape of their columns, where that is another.
struct Columns {
    content_unit: i16,
    storage: i16,
    allergens: Vec<i16>,
    tax: i16,
    rung_quantities: Vec<i64>,
    rung_prices: Vec<i64>,
}

impl Columns {
    fn of(details: &Details) -> Self {
        let rungs = details.prices.rungs();
        Self {
            content_unit: details.content.1 as i16,
            storage: details.storage as i16,
            allergens: details
                .allergens
                .iter()
                .map(|&allergen| allergen as i16)
                .collect(),
            tax: details.tax as i16,
            rung_quantities: rungs.iter().map(|rung| rung.from_quantity).collect(),
            rung_prices: rungs.iter().map(|rung| rung.unit_price.minor).collect(),
        }
    }
}
