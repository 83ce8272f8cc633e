use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_events::Failure;
use xlcfi_types::calendar::seoul_date;

use crate::series::{Level, OWN, Subject};
use crate::store::prices::Trade;
use crate::store::{prices, products, series};

/// What an order paid for a product.
#[derive(Debug)]
pub struct Sold {
    pub product_id: Uuid,
    pub name: String,
    pub unit: String,
    pub quantity: i64,
    pub amount: i64,
}

/// An order is paid: what it paid counts on that day.
pub async fn confirmed(
    conn: &mut PgConnection,
    order_id: Uuid,
    sold: Vec<Sold>,
    time: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let ids: Vec<Uuid> = sold.iter().map(|line| line.product_id).collect();
    let categories: BTreeMap<Uuid, Uuid> = products::categories(&mut *conn, &ids)
        .await?
        .into_iter()
        .collect();
    let (mut subjects, mut trades) = (BTreeMap::new(), Vec::new());
    for line in sold {
        let category = categories.get(&line.product_id);
        let subject = Subject {
            source: OWN.to_owned(),
            item_code: category.map(Uuid::to_string).unwrap_or_default(),
            item_name: line.name.clone(),
            kind_code: line.product_id.to_string(),
            kind_name: line.name,
            grade: String::new(),
            unit: line.unit,
            region: String::new(),
            level: Level::Traded,
        };
        trades.push(Trade {
            product_id: line.product_id,
            series_id: subject.id(),
            date: seoul_date(time),
            quantity: line.quantity,
            amount: line.amount,
        });
        subjects.insert(subject.id(), subject);
    }
    series::lock(conn, &subjects, now).await?;
    for trade in &trades {
        prices::keep_trade(conn, order_id, trade).await?;
    }
    let days: Vec<_> = trades.iter().map(|trade| (trade.series_id, trade.date)).collect();
    let changed = prices::reckon(conn, &days).await?;
    Ok(series::changed(conn, &changed).await?)
}

/// A paid order was undone: what it paid never was a price.
pub async fn cancelled(conn: &mut PgConnection, order_id: Uuid) -> Result<(), Failure> {
    prices::lock_traded(conn, order_id).await?;
    let days = prices::remove_trades(conn, order_id).await?;
    let changed = prices::reckon(conn, &days).await?;
    Ok(series::changed(conn, &changed).await?)
}
