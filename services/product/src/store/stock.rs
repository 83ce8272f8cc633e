//! Stock of many products at once, under the locks of their rows.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_types::Id;

use crate::fefo::OnHand;
use crate::life::Window;
use crate::product::Product;
use crate::reservation::Offer;

/// Locks products and reads what their lots have on `today`. A product that
/// does not exist is left out.
///
/// The lots are read by a statement of their own: it sees what those before us
/// in the queue for the locks have done.
pub async fn lock(
    conn: &mut PgConnection,
    ids: impl Iterator<Item = Id<Product>>,
    today: Date,
) -> Result<Vec<Offer>, Fault> {
    let ids: Vec<Uuid> = ids.map(Id::uuid).collect();
    let rows = sqlx::query!(
        "select product_id, name, state, minimum, full_price_days, sold_out, earliest_use_by from product
         where product_id = any ($1) order by product_id for no key update",
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut offers = Vec::with_capacity(rows.len());
    for row in rows {
        offers.push(Offer {
            product_id: row.product_id.into(),
            name: row.name,
            state: stored("product.state", &row.state)?,
            minimum: row.minimum,
            full_price: Window::from(row.full_price_days),
            sold_out: row.sold_out,
            earliest_use_by: row.earliest_use_by,
            lots: Vec::new(),
        });
    }
    let lots = sqlx::query!(
        "select product_id, lot_id, use_by_date, receive_time, on_hand from lot
         where product_id = any ($1) and open and (use_by_date is null or use_by_date >= $2)",
        &ids,
        today,
    )
    .fetch_all(conn)
    .await?;
    for lot in lots {
        if let Some(offer) = offers
            .iter_mut()
            .find(|offer| offer.product_id.uuid() == lot.product_id)
        {
            offer.lots.push(OnHand {
                lot_id: lot.lot_id.into(),
                use_by: lot.use_by_date,
                receive_time: lot.receive_time,
                quantity: lot.on_hand,
            });
        }
    }
    Ok(offers)
}

/// Locks products only.
pub async fn lock_rows(conn: &mut PgConnection, ids: &[Id<Product>]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "select product_id from product where product_id = any ($1) order by product_id for no key update",
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// What buyers are told of a product's stock.
#[derive(Debug)]
pub struct Told {
    pub product_id: Id<Product>,
    pub sold_out: bool,
    pub sold_out_before: bool,
    pub earliest_use_by: Option<Date>,
    pub earliest_before: Option<Date>,
}

/// Sets what buyers are told of locked products by what their lots have on
/// `today`, and says which of those on sale changed, by id.
pub async fn settle(
    conn: &mut PgConnection,
    ids: &[Id<Product>],
    today: Date,
) -> Result<Vec<Told>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"with stock as (
             select product.product_id as id, coalesce(sum(on_hand), 0) < minimum as short,
                 min(use_by_date) as earliest
             from product
             left join lot on lot.product_id = product.product_id and open
                 and (use_by_date is null or use_by_date >= $2::date + full_price_days)
             where product.product_id = any ($1)
             group by product.product_id
         ), changed as (
             update product set sold_out = short, earliest_use_by = earliest from stock
             where product_id = id and (sold_out <> short or earliest_use_by is distinct from earliest)
             returning product_id, state, old.sold_out as sold_out_before, new.sold_out as sold_out,
                 old.earliest_use_by as earliest_before, new.earliest_use_by as earliest
         )
         select product_id as "product_id!", sold_out_before as "sold_out_before!", sold_out as "sold_out!",
             earliest_before, earliest
         from changed where state = 'published' order by product_id"#,
        &ids,
        today,
    )
    .fetch_all(conn)
    .await?;
    let told = rows.into_iter().map(|row| Told {
        product_id: row.product_id.into(),
        sold_out: row.sold_out,
        sold_out_before: row.sold_out_before,
        earliest_use_by: row.earliest,
        earliest_before: row.earliest_before,
    });
    Ok(told.collect())
}

/// Products after `after`, by id, whose first lot to leave at the full price, as
/// last told, has fewer days left than that.
pub async fn with_aged_lots(
    conn: &mut PgConnection,
    today: Date,
    after: Id<Product>,
    limit: i64,
) -> Result<Vec<Id<Product>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select product_id from product
         where product_id > $2 and earliest_use_by < $1::date + full_price_days order by product_id limit $3",
        today,
        after.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}
