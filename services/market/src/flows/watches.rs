use uuid::Uuid;
use xlcfi_events::append;

use crate::Ctx;
use crate::amount::Amount;
use crate::band::{Band, Position, left};
use crate::convert;
use crate::error::Error;
use crate::forecasts;
use crate::store::alerts::Alert;
use crate::store::watches::Watch;
use crate::store::{alerts, products, series, watches};

/// Watches a product of the seller from now on.
pub async fn set(
    ctx: &Ctx,
    seller_id: Uuid,
    product_id: Uuid,
    series_id: Uuid,
    tolerance_percent: i32,
) -> Result<Watch, Error> {
    let mut tx = ctx.database.begin().await?;
    let product = products::get_sold(&mut *tx, seller_id, product_id)
        .await?
        .ok_or(Error::ProductNotFound)?;
    let series = series::get(&mut *tx, series_id)
        .await?
        .ok_or(Error::SeriesNotFound)?;
    let unit = Amount::parse(&series.subject.unit).ok_or(Error::UnitsNotComparable)?;
    product.content().over(unit).ok_or(Error::UnitsNotComparable)?;
    watches::set(
        &mut tx,
        seller_id,
        product_id,
        series_id,
        tolerance_percent,
        ctx.clock.now(),
    )
    .await?;
    let watch = watches::get(&mut *tx, seller_id, product_id)
        .await?
        .ok_or(Error::PriceWatchNotFound)?;
    tx.commit().await?;
    Ok(watch)
}

/// Looks where a watched price stands, and tells when it left its band.
pub async fn look(ctx: &Ctx, watch: &Watch) -> Result<(), Error> {
    let band = market_band(ctx, watch).await?;
    let position = band.map_or(Position::Unknown, |band| band.place(watch.price));
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if !watches::seen(&mut tx, watch, position, band, now).await? {
        return Ok(());
    }
    if let Some(band) = band.filter(|_| left(watch.position, position)) {
        let alert = Alert {
            alert_id: Uuid::now_v7(),
            place: 0,
            seller_id: watch.seller_id,
            product_id: watch.product_id,
            product_name: watch.product_name.clone(),
            series_id: watch.series_id,
            position,
            price: watch.price,
            band,
            create_time: now,
        };
        alerts::insert(&mut tx, &alert).await?;
        append(&mut tx, alert.seller_id, &convert::alert_raised(&alert)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What one sales unit is expected to cost the day after the market's last price; None while
/// too little is known.
async fn market_band(ctx: &Ctx, watch: &Watch) -> Result<Option<Band>, Error> {
    let Some(series) = series::get(ctx.database.pool(), watch.series_id).await? else {
        return Ok(None);
    };
    let ratio = Amount::parse(&series.subject.unit).and_then(|unit| watch.content.over(unit));
    let forecast = match forecasts::get(ctx, &series, 1).await {
        Ok(forecast) => forecast,
        Err(Error::TooFewPrices { .. } | Error::HorizonTooLong { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let point = forecast.points.into_iter().next().unwrap_or_default();
    let ends = point.lower.zip(point.upper);
    Ok(ends.zip(ratio).map(|((lower, upper), ratio)| {
        Band::of(
            lower.minor_units,
            upper.minor_units,
            ratio,
            watch.tolerance_percent,
        )
    }))
}
