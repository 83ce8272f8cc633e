use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_events::Failure;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::anomaly::{self, Kind, WINDOW};
use crate::error::Error;
use crate::sale::{self, Offer};
use crate::store::anomalies::{self, Anomaly};
use crate::store::sales;

/// Prices one is compared with.
const PRICES: i64 = 30;
/// Days looked at after a pause, at most.
const CATCH_UP: Duration = Duration::days(7);

/// A product on sale told its price.
pub async fn offered(conn: &mut PgConnection, offer: &Offer, now: OffsetDateTime) -> Result<(), Failure> {
    let before = sales::prices_before(conn, offer.product_id, offer.day, PRICES).await?;
    if let Some(off) = anomaly::price(&before, offer.won) {
        let found = Anomaly {
            anomaly_id: Uuid::now_v7(),
            product_id: offer.product_id,
            seller_id: offer.seller_id,
            product_name: offer.product_name.clone(),
            kind: Kind::Price,
            day: offer.day,
            value: offer.won as f64,
            off,
            create_time: now,
        };
        anomalies::insert(conn, &found).await?;
    }
    Ok(sales::set_price(conn, offer).await?)
}

/// Looks at the sales of each day that is over, once.
pub async fn look(ctx: &Ctx) -> Result<(), Error> {
    let now = ctx.clock.now();
    let yesterday = seoul_date(now) - Duration::DAY;
    let looked = anomalies::looked(ctx.database.pool()).await?;
    if looked.is_some_and(|day| day >= yesterday) {
        return Ok(());
    }
    let mut tx = ctx.database.begin().await?;
    let looked = anomalies::lock_looked(&mut tx, yesterday - Duration::DAY).await?;
    let mut day = looked.max(yesterday - CATCH_UP);
    while day < yesterday {
        day += Duration::DAY;
        judge(&mut tx, day, now).await?;
        anomalies::set_looked(&mut tx, day).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn judge(conn: &mut PgConnection, day: Date, now: OffsetDateTime) -> Result<(), Error> {
    let window = i64::try_from(WINDOW).unwrap_or(i64::MAX);
    for sold in sales::all_by_day(conn, day - Duration::days(window), day).await? {
        let by_day: Vec<(Date, i64)> = sold.days.into_iter().zip(sold.units).collect();
        let units = sale::by_day(&by_day, day);
        let Some(off) = anomaly::sales(&units) else {
            continue;
        };
        let found = Anomaly {
            anomaly_id: Uuid::now_v7(),
            product_id: sold.product_id,
            seller_id: sold.seller_id,
            product_name: sold.product_name,
            kind: Kind::Sales,
            day,
            value: units.last().copied().unwrap_or_default(),
            off,
            create_time: now,
        };
        anomalies::insert(conn, &found).await?;
    }
    Ok(())
}
