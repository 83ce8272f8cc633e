//! Each write: one function, one transaction, its events included.

pub mod catalogue;
pub mod categories;
pub mod imports;
pub mod ingredients;
pub mod lots;
pub mod orders;
pub mod pictures;
pub mod popularity;
pub mod prices;
pub mod ratings;
pub mod reassign;
pub mod recalls;
pub mod receipts;

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::product::v1::{ProductRestocked, ProductSoldOut, ProductUseByChanged};
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::convert::{date_text, timestamp};
use crate::product::Product;
use crate::store;

/// Tells of the locked products whose stock crossed their minimum order, or of
/// which another lot is the first to leave.
async fn tell_stock(
    conn: &mut PgConnection,
    ids: &[Id<Product>],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let time = Some(timestamp(now));
    for told in store::stock::settle(conn, ids, seoul_date(now)).await? {
        let (key, product_id) = (told.product_id.uuid(), told.product_id.to_string());
        if told.earliest_use_by != told.earliest_before {
            let fact = ProductUseByChanged {
                product_id: product_id.clone(),
                earliest_use_by_date: date_text(told.earliest_use_by),
                time,
            };
            xlcfi_events::append(conn, key, &fact).await?;
        }
        if told.sold_out && !told.sold_out_before {
            xlcfi_events::append(conn, key, &ProductSoldOut { product_id, time }).await?;
        } else if !told.sold_out && told.sold_out_before {
            xlcfi_events::append(conn, key, &ProductRestocked { product_id, time }).await?;
        }
    }
    Ok(())
}
