use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_events::Failure;

use crate::store::products::{self, Product};
use crate::store::series;

/// A product is sold, as it is now.
pub async fn told(conn: &mut PgConnection, product: &Product) -> Result<(), Failure> {
    products::keep(conn, product).await?;
    Ok(series::rename_own(conn, product.product_id, product.category_id, &product.name).await?)
}

/// A product is no longer sold.
pub async fn archived(conn: &mut PgConnection, product_id: Uuid) -> Result<(), Failure> {
    Ok(products::archive(conn, product_id).await?)
}
