use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::ingredients::Ingredients;
use crate::product::Product;

/// The ingredients of a product of the seller.
pub async fn ingredients(
    db: impl PgExecutor<'_>,
    id: Id<Product>,
    seller_id: Id<Member>,
) -> Result<Option<Ingredients>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select ingredients as "ingredients: Json<Ingredients>" from product where product_id = $1 and seller_id = $2"#,
        id.uuid(),
        seller_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|found| found.0))
}

/// Keeps what was found in a text, if that is the product's still.
pub async fn set_ingredients(
    conn: &mut PgConnection,
    id: Id<Product>,
    ingredients: &Ingredients,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set ingredients = $2 where product_id = $1 and ingredients ->> 'text' = $3",
        id.uuid(),
        serde_json::json!(ingredients),
        ingredients.text,
    )
    .execute(conn)
    .await?;
    Ok(())
}
