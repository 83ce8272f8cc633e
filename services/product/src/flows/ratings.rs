use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::product::v1::ProductRated;
use xlcfi_types::Id;

use crate::convert::{rating_message, timestamp};
use crate::rating::Rated;
use crate::store::{ratings, stock};

/// Keeps what buyers say of a product, and tells those that show or rank it.
pub async fn rated(conn: &mut PgConnection, rated: Rated, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    stock::lock_rows(conn, &[Id::from_uuid(rated.product_id)]).await?;
    if ratings::set(conn, rated.product_id, rated.rating).await? {
        let fact = ProductRated {
            product_id: rated.product_id.to_string(),
            rating: rated.rating.map(rating_message),
            time: Some(timestamp(now)),
        };
        xlcfi_events::append(conn, rated.product_id, &fact).await?;
    }
    Ok(())
}
