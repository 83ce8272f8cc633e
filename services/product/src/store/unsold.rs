use sqlx::PgPool;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

/// A lot on hand, with the sales of its product.
#[derive(Debug)]
pub struct Row {
    pub product_id: Uuid,
    pub product_name: String,
    pub lot_id: Uuid,
    pub use_by: Option<Date>,
    pub on_hand: i64,
    pub unit_cost: Option<i64>,
    pub step_days: Vec<i32>,
    pub step_percents: Vec<i32>,
    /// Units of the product sold since `since`, less those given back.
    pub sold: i64,
}

/// Every lot a seller has on hand of products with a lot whose last day is by
/// `until`, by product and in the order they leave.
pub async fn lots(
    pool: &PgPool,
    seller_id: Id<Member>,
    until: Date,
    since: OffsetDateTime,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"with concerned as (
             select product_id, name, step_days, step_percents, coalesce((
                 select sum(sold) from stock_entry
                 where stock_entry.product_id = product.product_id and time >= $3), 0)::bigint as sold
             from product
             where seller_id = $1 and exists (
                 select from lot where lot.product_id = product.product_id and on_hand > 0 and use_by_date <= $2)
         )
         select product_id, name as product_name, lot_id, use_by_date as use_by, on_hand, unit_cost, step_days,
             step_percents, concerned.sold as "sold!"
         from concerned join lot using (product_id)
         where on_hand > 0
         order by product_id, use_by_date nulls last, receive_time, lot_id"#,
        seller_id.uuid(),
        until,
        since,
    )
    .fetch_all(pool)
    .await
}
