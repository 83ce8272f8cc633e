use sqlx::{PgConnection, PgExecutor};
use time::Date;
use uuid::Uuid;

use crate::sale::{Offer, Sale};

/// Keeps what an order sold; nothing when it is there.
pub async fn insert(conn: &mut PgConnection, sale: &Sale) -> Result<(), sqlx::Error> {
    let products: Vec<Uuid> = sale.lines.iter().map(|line| line.product_id).collect();
    let sellers: Vec<Uuid> = sale.lines.iter().map(|line| line.seller_id).collect();
    let names: Vec<String> = sale.lines.iter().map(|line| line.product_name.clone()).collect();
    let units: Vec<i64> = sale.lines.iter().map(|line| line.units).collect();
    sqlx::query!(
        "insert into sale (order_id, day, product_id, seller_id, product_name, units)
         select $1::uuid, $2::date, line.* from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[]) as line
         on conflict (order_id, product_id) do nothing",
        sale.order_id,
        sale.day,
        &products,
        &sellers,
        &names,
        &units,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The order was undone.
pub async fn delete(conn: &mut PgConnection, order_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sale where order_id = $1", order_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Units sold of a product by day, the earliest first.
pub async fn by_day(
    db: impl PgExecutor<'_>,
    product_id: Uuid,
    since: Date,
) -> Result<Vec<(Date, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select day, sum(units)::bigint as "units!" from sale where product_id = $1 and day >= $2
         group by day order by day"#,
        product_id,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.units)).collect())
}

/// A product's sales of some days.
pub struct Sold {
    pub product_id: Uuid,
    pub seller_id: Uuid,
    pub product_name: String,
    pub days: Vec<Date>,
    pub units: Vec<i64>,
}

/// What was sold of each product between two days, by day.
pub async fn all_by_day(conn: &mut PgConnection, since: Date, until: Date) -> Result<Vec<Sold>, sqlx::Error> {
    sqlx::query_as!(
        Sold,
        r#"select product_id as "product_id!", (array_agg(seller_id))[1] as "seller_id!", max(product_name) as "product_name!",
             array_agg(day order by day) as "days!", array_agg(units order by day) as "units!"
         from (
             select product_id, (array_agg(seller_id))[1] as seller_id, max(product_name) as product_name, day,
                 sum(units)::bigint as units
             from sale where day between $1 and $2 group by product_id, day
         ) daily
         group by product_id"#,
        since,
        until,
    )
    .fetch_all(conn)
    .await
}

/// Prices of a product before a day, the latest first.
pub async fn prices_before(
    conn: &mut PgConnection,
    product_id: Uuid,
    day: Date,
    limit: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select won from price where product_id = $1 and day < $2 order by day desc limit $3",
        product_id,
        day,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Keeps the last price of a day.
pub async fn set_price(conn: &mut PgConnection, offer: &Offer) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into price (product_id, day, won) values ($1, $2, $3)
         on conflict (product_id, day) do update set won = excluded.won",
        offer.product_id,
        offer.day,
        offer.won,
    )
    .execute(conn)
    .await?;
    Ok(())
}
