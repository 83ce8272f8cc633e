use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// How popular a product was held to be, and how many orders bought it since.
#[derive(Debug)]
pub struct Counted {
    pub product_id: Uuid,
    pub popularity: i16,
    pub orders: i64,
}

/// Products ordered after `since`, and those held to be popular, by id.
pub async fn count(pool: &PgPool, since: OffsetDateTime) -> Result<Vec<Counted>, sqlx::Error> {
    sqlx::query_as!(
        Counted,
        r#"with recent as (
             select product_id, count(distinct order_id) as orders
             from reservation join reservation_line using (order_id)
             where state = 'committed' and update_time >= $1
             group by product_id
         )
         select product_id, popularity, coalesce(orders, 0) as "orders!"
         from product left join recent using (product_id)
         where popularity > 0 or orders > 0
         order by product_id"#,
        since,
    )
    .fetch_all(pool)
    .await
}

/// Keeps how popular products are; they are locked already.
pub async fn set(conn: &mut PgConnection, ids: &[Uuid], popularity: &[i16]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set popularity = counted.popularity
         from unnest($1::uuid[], $2::smallint[]) as counted (product_id, popularity)
         where product.product_id = counted.product_id",
        ids,
        popularity,
    )
    .execute(conn)
    .await?;
    Ok(())
}
