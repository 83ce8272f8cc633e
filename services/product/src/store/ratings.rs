use sqlx::PgConnection;
use uuid::Uuid;

use crate::rating::Rating;

/// Keeps what buyers say of a product that is locked already; zeros for nothing.
pub async fn set(
    conn: &mut PgConnection,
    product_id: Uuid,
    rating: Option<Rating>,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update product set ratings = $2, rating_mean = $3, rating_wilson = $4 where product_id = $1",
        product_id,
        rating.map_or(0, |rating| rating.ratings),
        rating.map_or(0.0, |rating| rating.mean),
        rating.map_or(0.0, |rating| rating.wilson),
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}
