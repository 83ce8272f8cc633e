use futures::Stream;
use sqlx::{PgExecutor, PgPool};
use time::Date;
use uuid::Uuid;

use crate::recall::{Scope, Taken};

/// A lot, as somebody who recalls sees it.
#[derive(Debug)]
pub struct Scanned {
    pub lot_id: Uuid,
    pub product_id: Uuid,
    pub product_name: String,
    pub own_lot: String,
    pub supplier_lot: String,
    pub use_by_date: Option<Date>,
    pub on_hand: i64,
}

/// The lots these recalls hold.
pub async fn recalled(db: impl PgExecutor<'_>, recall_ids: &[Uuid]) -> Result<Vec<Scanned>, sqlx::Error> {
    sqlx::query_as!(
        Scanned,
        "select lot_id, lot.product_id, product.name as product_name, own_lot, supplier_lot, use_by_date, on_hand
         from lot join product on product.product_id = lot.product_id
         where recall_id = any ($1) order by lot_id",
        recall_ids,
    )
    .fetch_all(db)
    .await
}

/// The lots a recall of this scope would hold.
pub async fn named(db: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<Scanned>, sqlx::Error> {
    sqlx::query_as!(
        Scanned,
        "select lot_id, lot.product_id, product.name as product_name, own_lot, supplier_lot, use_by_date, on_hand
         from lot join product on product.product_id = lot.product_id
         where lot.state <> 'recalled' and ($1::uuid is null or lot.product_id = $1)
             and ($2::text is null or gtin = $2) and ($3::text is null or report_number = $3)
             and ($4::text is null or licence_number = $4)
             and ($5::text is null or supplier_lot = $5 or own_lot = $5 or trace_number = $5)
             and ($6::date is null or use_by_date = $6)
         order by lot_id",
        scope.product_id,
        scope.gtin,
        scope.report_number,
        scope.licence_number,
        scope.lot_number,
        scope.use_by,
    )
    .fetch_all(db)
    .await
}

/// What orders have of lots, by order, as it is read.
pub fn taken<'a>(
    pool: &'a PgPool,
    lot_ids: &'a [Uuid],
) -> impl Stream<Item = Result<Taken, sqlx::Error>> + Send + 'a {
    sqlx::query_as!(
        Taken,
        r#"select order_id, lot_id, product_id, quantity, reservation.state = 'committed' as "sold!"
         from reservation_line join reservation using (order_id)
         where lot_id = any ($1) and reservation.state in ('held', 'committed')
         order by order_id"#,
        lot_ids,
    )
    .fetch(pool)
}
