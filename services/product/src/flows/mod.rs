//! Each write: one function, one transaction, its events included.

pub mod catalogue;
pub mod lots;
pub mod orders;

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::product::v1::{ProductRestocked, ProductSoldOut};
use xlcfi_types::Id;

use crate::convert::timestamp;
use crate::lot::seoul_date;
use crate::product::Product;
use crate::store;

/// Tells of the locked products whose stock crossed their minimum order.
async fn tell_crossing(
    conn: &mut PgConnection,
    ids: &[Id<Product>],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let time = Some(timestamp(now));
    for (id, sold_out) in store::stock::settle_sold_out(conn, ids, seoul_date(now)).await? {
        let product_id = id.to_string();
        if sold_out {
            xlcfi_events::append(conn, id.uuid(), &ProductSoldOut { product_id, time }).await?;
        } else {
            xlcfi_events::append(conn, id.uuid(), &ProductRestocked { product_id, time }).await?;
        }
    }
    Ok(())
}
