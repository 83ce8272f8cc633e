//! What the log's pages need to know of lots.

use sqlx::PgPool;
use uuid::Uuid;

use crate::qr::Named;

/// What a lot is called; anybody may know it.
pub async fn get(db: &PgPool, lot_id: Uuid) -> Result<Option<Named>, sqlx::Error> {
    sqlx::query_as!(
        Named,
        "select lot_id, gtin, lot_number from traced_lot where lot_id = $1",
        lot_id,
    )
    .fetch_optional(db)
    .await
}

/// The lots a digital link names, the newest first: two sellers of the same goods may
/// count alike.
pub async fn find_by_link(db: &PgPool, gtin: &str, lot_number: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select lot_id from traced_lot
         where lpad(gtin, 14, '0') = lpad($1, 14, '0') and lot_number = $2 and gtin <> ''
         order by begin_time desc, lot_id limit 10",
        gtin,
        lot_number,
    )
    .fetch_all(db)
    .await
}
