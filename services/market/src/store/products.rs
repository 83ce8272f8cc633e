use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::amount::{Amount, Unit};

/// A product as product told of it.
#[derive(Debug)]
pub struct Product {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub category_id: Uuid,
    pub name: String,
    pub amount: i64,
    pub unit: Unit,
    pub price: i64,
}

impl Product {
    /// What one sales unit holds.
    pub fn content(&self) -> Amount {
        Amount {
            count: self.amount as f64,
            unit: self.unit,
        }
    }
}

/// Keeps a product as it is now; its price is looked at again.
pub async fn keep(conn: &mut PgConnection, product: &Product) -> Result<(), sqlx::Error> {
    let unit: &str = product.unit.into();
    sqlx::query!(
        "insert into product (product_id, seller_id, category_id, name, amount, unit, price, sold)
         values ($1, $2, $3, $4, $5, $6, $7, true)
         on conflict (product_id) do update set seller_id = excluded.seller_id, category_id = excluded.category_id,
             name = excluded.name, amount = excluded.amount, unit = excluded.unit, price = excluded.price, sold = true",
        product.product_id,
        product.seller_id,
        product.category_id,
        product.name,
        product.amount,
        unit,
        product.price,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update price_watch set wanted = wanted + 1 where product_id = $1",
        product.product_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A product is no longer sold, so nobody watches its price.
pub async fn archive(conn: &mut PgConnection, product_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set sold = false where product_id = $1",
        product_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from price_watch where product_id = $1", product_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// A product that is sold, of this seller.
pub async fn get_sold(
    db: impl PgExecutor<'_>,
    seller_id: Uuid,
    product_id: Uuid,
) -> Result<Option<Product>, sqlx::Error> {
    let row = sqlx::query!(
        "select category_id, name, amount, unit, price from product
         where product_id = $1 and seller_id = $2 and sold for share",
        product_id,
        seller_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Product {
            product_id,
            seller_id,
            category_id: row.category_id,
            name: row.name,
            amount: row.amount,
            unit: stored("product.unit", &row.unit)?,
            price: row.price,
        })
    })
    .transpose()
}

/// Categories of products that are known.
pub async fn categories(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select product_id, category_id from product where product_id = any ($1)",
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.product_id, row.category_id))
        .collect())
}
