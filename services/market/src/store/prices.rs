use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration};
use uuid::Uuid;

use crate::series::{DayPrice, Series};

/// A price of a series on a day.
pub type Dated = (Uuid, Date, i64);

/// Keeps prices, each series and day once; those there are replaced. Which series changed.
pub async fn keep(conn: &mut PgConnection, prices: &[Dated]) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = prices.iter().map(|price| price.0).collect();
    let dates: Vec<Date> = prices.iter().map(|price| price.1).collect();
    let amounts: Vec<i64> = prices.iter().map(|price| price.2).collect();
    let mut changed = sqlx::query_scalar!(
        "insert into price (series_id, date, price) select * from unnest($1::uuid[], $2::date[], $3::bigint[])
         on conflict (series_id, date) do update set price = excluded.price where price.price <> excluded.price
         returning series_id",
        &ids,
        &dates,
        &amounts,
    )
    .fetch_all(conn)
    .await?;
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}

/// Days with a price from `from` to `to`, the last of them at most, the earliest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    series_id: Uuid,
    from: Date,
    to: Date,
    most: i64,
) -> Result<Vec<DayPrice>, sqlx::Error> {
    let mut prices = sqlx::query_as!(
        DayPrice,
        "select date, price from price where series_id = $1 and date between $2 and $3 order by date desc limit $4",
        series_id,
        from,
        to,
        most,
    )
    .fetch_all(db)
    .await?;
    prices.reverse();
    Ok(prices)
}

/// What each series cost a week before its last price, or up to two weeks earlier.
pub async fn week_before(
    db: impl PgExecutor<'_>,
    series: &[Series],
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let ids: Vec<Uuid> = series.iter().map(|one| one.series_id).collect();
    let until: Vec<Date> = series
        .iter()
        .map(|one| one.last_date - Duration::days(7))
        .collect();
    let rows = sqlx::query!(
        r#"select distinct on (p.series_id) p.series_id, p.price
         from unnest($1::uuid[], $2::date[]) w (series_id, until)
         join price p on p.series_id = w.series_id and p.date between w.until - 14 and w.until
         order by p.series_id, p.date desc"#,
        &ids,
        &until,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.series_id, row.price)).collect())
}

/// What was paid for a product in an order.
#[derive(Debug)]
pub struct Trade {
    pub product_id: Uuid,
    pub series_id: Uuid,
    pub date: Date,
    pub quantity: i64,
    pub amount: i64,
}

/// Keeps a trade; one that is there stays.
pub async fn keep_trade(conn: &mut PgConnection, order_id: Uuid, trade: &Trade) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into trade (order_id, product_id, series_id, date, quantity, amount) values ($1, $2, $3, $4, $5, $6)
         on conflict (order_id, product_id) do nothing",
        order_id,
        trade.product_id,
        trade.series_id,
        trade.date,
        trade.quantity,
        trade.amount,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes other writers of the prices of an order's goods wait.
pub async fn lock_traded(conn: &mut PgConnection, order_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select from series where series_id in (select series_id from trade where order_id = $1)
         order by series_id for no key update",
        order_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an order's trades away. Which series and days they were of.
pub async fn remove_trades(
    conn: &mut PgConnection,
    order_id: Uuid,
) -> Result<Vec<(Uuid, Date)>, sqlx::Error> {
    let rows = sqlx::query!(
        "delete from trade where order_id = $1 returning series_id, date",
        order_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.series_id, row.date)).collect())
}

/// Reckons the prices of days anew from their trades. Which series changed.
pub async fn reckon(conn: &mut PgConnection, days: &[(Uuid, Date)]) -> Result<Vec<Uuid>, sqlx::Error> {
    let (ids, dates): (Vec<Uuid>, Vec<Date>) = days.iter().copied().unzip();
    let mut changed = sqlx::query_scalar!(
        "delete from price p using unnest($1::uuid[], $2::date[]) d (series_id, date)
         where p.series_id = d.series_id and p.date = d.date
             and not exists (select from trade t where t.series_id = d.series_id and t.date = d.date)
         returning p.series_id",
        &ids,
        &dates,
    )
    .fetch_all(&mut *conn)
    .await?;
    let reckoned = sqlx::query_scalar!(
        "insert into price (series_id, date, price)
         select t.series_id, t.date, round(sum(t.amount) / sum(t.quantity))::bigint from trade t
         where (t.series_id, t.date) in (select * from unnest($1::uuid[], $2::date[])) group by t.series_id, t.date
         on conflict (series_id, date) do update set price = excluded.price where price.price <> excluded.price
         returning series_id",
        &ids,
        &dates,
    )
    .fetch_all(conn)
    .await?;
    changed.extend(reckoned);
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}
