use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{OnConstraint as _, stored};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use super::row::Columns;
use crate::error::Error;
use crate::product::{Details, Product, State};
use crate::special::Special;

/// A draft as it is first written.
#[derive(Debug)]
pub struct NewProduct<'a> {
    pub product_id: Id<Product>,
    pub family_id: Uuid,
    pub seller_id: Id<Member>,
    pub request_id: Option<Uuid>,
    pub sku: &'a str,
    pub details: &'a Details,
    pub now: OffsetDateTime,
}

/// Writes a draft; false when the seller has one of this SKU, request, or variant
/// of the family.
pub async fn insert(conn: &mut PgConnection, new: &NewProduct<'_>) -> Result<bool, Error> {
    let columns = Columns::of(new.details);
    let details = new.details;
    let inserted = sqlx::query!(
        "insert into product (product_id, family_id, seller_id, request_id, sku, category_id, name, name_en,
             description, size, pack, grade, unit, content_amount, content_unit, origin, storage, allergens, tax,
             rung_quantities, rung_prices, minimum, multiple, maximum, attributes, image_ids, gtin, report_number,
             licence_number, promised_days, step_days, step_percents, ingredients, state, sold_out, version,
             create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, 'draft', true, 1, $34,
             $34)
         on conflict do nothing",
        new.product_id.uuid(),
        new.family_id,
        new.seller_id.uuid(),
        new.request_id,
        new.sku,
        details.category_id.uuid(),
        details.name,
        details.name_en,
        details.description,
        details.variant.size,
        details.variant.pack,
        details.variant.grade,
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
        columns.attributes,
        &details.images,
        details.codes.gtin,
        details.codes.report_number,
        details.codes.licence_number,
        details.promised_days,
        &columns.step_days,
        &columns.step_percents,
        columns.ingredients,
        new.now,
    )
    .execute(conn)
    .await
    .on_constraint("product_category_id_fkey", || Error::CategoryNotFound)?;
    Ok(inserted.rows_affected() == 1)
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
    let state = stored("product.state", &row.state)?;
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
    let set = sqlx::query!(
        "update product set category_id = $2, name = $3, name_en = $4, description = $5, size = $6, pack = $7,
             grade = $8, unit = $9, content_amount = $10, content_unit = $11, origin = $12, storage = $13,
             allergens = $14, tax = $15, rung_quantities = $16, rung_prices = $17, minimum = $18, multiple = $19,
             maximum = $20, attributes = $21, image_ids = $22, gtin = $23, report_number = $24,
             licence_number = $25, promised_days = $26, step_days = $27, step_percents = $28,
             ingredients = $29, version = version + 1, update_time = $30
         where product_id = $1",
        id.uuid(),
        details.category_id.uuid(),
        details.name,
        details.name_en,
        details.description,
        details.variant.size,
        details.variant.pack,
        details.variant.grade,
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
        columns.attributes,
        &details.images,
        details.codes.gtin,
        details.codes.report_number,
        details.codes.licence_number,
        details.promised_days,
        &columns.step_days,
        &columns.step_percents,
        columns.ingredients,
        now,
    )
    .execute(conn)
    .await;
    let broken = set
        .as_ref()
        .err()
        .and_then(|error| error.as_database_error()?.constraint());
    if broken == Some("product_variant_key") {
        return Err(Error::VariantTaken);
    }
    set.on_constraint("product_category_id_fkey", || Error::CategoryNotFound)?;
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
        state.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the specials of a locked product. `next` is when the public ones
/// change.
pub async fn set_specials(
    conn: &mut PgConnection,
    id: Id<Product>,
    specials: &[Special],
    next: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set specials = $2, price_change_time = $3 where product_id = $1",
        id.uuid(),
        serde_json::json!(specials),
        next,
    )
    .execute(conn)
    .await?;
    Ok(())
}
