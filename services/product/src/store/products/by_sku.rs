use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::Date;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use super::read::{find, in_order};
use crate::error::Error;
use crate::product::Product;

/// The pictures that the seller's products with these SKUs show.
pub async fn images_by_skus(
    db: impl PgExecutor<'_>,
    seller_id: Id<Member>,
    skus: &[String],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct unnest(image_ids) as "image_id!" from unnest($2::text[]) asked (sku)
           cross join lateral (
               select image_ids from product where seller_id = $1 and product.sku = asked.sku limit 1
           ) found"#,
        seller_id.uuid(),
        skus,
    )
    .fetch_all(db)
    .await
}

/// The seller's products that have these SKUs, by SKU.
pub async fn find_by_skus(
    conn: &mut PgConnection,
    seller_id: Id<Member>,
    skus: &[String],
    today: Date,
) -> Result<HashMap<String, Product>, Error> {
    let ids = sqlx::query_scalar!(
        // One look into the index for each, whatever the planner knows of a catalogue
        // that grows as it comes in.
        "select product_id from unnest($2::text[]) asked (sku)
         cross join lateral (
             select product_id from product where seller_id = $1 and product.sku = asked.sku limit 1
         ) found",
        seller_id.uuid(),
        skus,
    )
    .fetch_all(&mut *conn)
    .await?;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Id<Product>> = ids.into_iter().map(Id::from_uuid).collect();
    let found = find(conn, &ids, today).await?;
    Ok(found
        .into_iter()
        .map(|product| (product.sku.clone(), product))
        .collect())
}

/// Locks products, in the order in which all lock them.
pub async fn lock_all(conn: &mut PgConnection, ids: &[Id<Product>]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query_scalar!(
        "select product_id from product where product_id = any ($1) order by product_id for no key update",
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// The seller's next products by SKU.
pub async fn list_by_sku(
    pool: &PgPool,
    seller_id: Id<Member>,
    after: &str,
    include_archived: bool,
    limit: i64,
    today: Date,
) -> Result<Vec<Product>, Error> {
    let ids = sqlx::query_scalar!(
        "select product_id from product
         where seller_id = $1 and sku > $2 and (state <> 'archived' or $3) order by sku limit $4",
        seller_id.uuid(),
        after,
        include_archived,
        limit,
    )
    .fetch_all(pool)
    .await?;
    in_order(pool, ids, today).await
}
