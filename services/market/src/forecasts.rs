//! Forecasts, made once for each version of a series.

use prost::Message as _;
use time::Date;
use time::macros::date;
use tokio::task::spawn_blocking;
use xlcfi_contracts::market::v1::Forecast;
use xlcfi_errors::Fault;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::outlook;
use crate::series::Series;
use crate::store;

/// Days that are read: six years.
const MOST_DAYS: i64 = 2_200;

/// Before every price.
const BEGINNING: Date = date!(1900 - 01 - 01);

/// What is expected `days` ahead.
pub async fn get(ctx: &Ctx, series: &Series, days: i32) -> Result<Forecast, Error> {
    if let Some(known) = find(ctx, series, days).await? {
        return Ok(known);
    }
    let _place = ctx.places.acquire().await.map_err(Fault::bug)?;
    // Somebody else may have made it meanwhile.
    if let Some(known) = find(ctx, series, days).await? {
        return Ok(known);
    }
    let pool = ctx.database.pool();
    let prices = store::prices::list(pool, series.series_id, BEGINNING, series.last_date, MOST_DAYS).await?;
    let (ahead, budget) = (usize::try_from(days).unwrap_or(0), ctx.config.budget());
    let begun = std::time::Instant::now();
    let made = spawn_blocking(move || outlook::make(&prices, ahead, budget))
        .await
        .map_err(Fault::bug)??;
    metrics::histogram!("forecast.duration.seconds", "service" => "market")
        .record(begun.elapsed().as_secs_f64());
    let answer = convert::forecast(series, &made);
    let (id, version) = (series.series_id, series.version);
    store::forecasts::keep(pool, id, days, version, &answer.encode_to_vec(), ctx.clock.now()).await?;
    Ok(answer)
}

async fn find(ctx: &Ctx, series: &Series, days: i32) -> Result<Option<Forecast>, Error> {
    let known = store::forecasts::get(ctx.database.pool(), series.series_id, days, series.version).await?;
    let known = known.map(|bytes| Forecast::decode(bytes.as_slice()).map_err(Fault::bug));
    Ok(known.transpose()?)
}
