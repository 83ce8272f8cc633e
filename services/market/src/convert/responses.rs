use time::Duration;
use xlcfi_contracts::convert::{timestamp, won};
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::market::v1 as pb;
use xlcfi_contracts::types::v1::Money;
use xlcfi_types::calendar::parse_date;

use crate::band::Position;
use crate::chart::Ahead;
use crate::outlook::Made;
use crate::series::{DayPrice, Level, Series};
use crate::store::alerts::Alert;
use crate::store::watches::Watch;

fn rounded(price: f64) -> Money {
    won(price.round() as i64)
}

pub fn series(series: &Series) -> pb::Series {
    let subject = series.subject.clone();
    let level = match subject.level {
        Level::Retail => pb::PriceLevel::Retail,
        Level::Wholesale => pb::PriceLevel::Wholesale,
        Level::Traded => pb::PriceLevel::Traded,
    };
    pb::Series {
        series_id: series.series_id.to_string(),
        source: subject.source,
        item_code: subject.item_code,
        item_name: subject.item_name,
        kind_code: subject.kind_code,
        kind_name: subject.kind_name,
        grade: subject.grade,
        unit: subject.unit,
        region: subject.region,
        level: level.into(),
        first_date: series.first_date.to_string(),
        last_date: series.last_date.to_string(),
        last_price: Some(won(series.last_price)),
        days: series.days,
        version: series.version,
    }
}

pub fn day_price(day: &DayPrice) -> pb::DayPrice {
    pb::DayPrice {
        date: day.date.to_string(),
        price: Some(won(day.price)),
    }
}

pub fn forecast(series: &Series, made: &Made) -> pb::Forecast {
    let outlook = &made.outlook;
    let days = made.step_days as i64;
    let point = |(step, price): (usize, &f64)| {
        let band = outlook.bands.as_ref().map(|bands| bands[step]);
        pb::ForecastPoint {
            date: (made.last_date + Duration::days(days * (step as i64 + 1))).to_string(),
            price: Some(rounded(*price)),
            lower: band.map(|band| rounded(band.lower)),
            upper: band.map(|band| rounded(band.upper)),
        }
    };
    let error = |errors: xlcfi_forecast::Errors| {
        Some(pb::ForecastError {
            mase: errors.mase,
            smape: errors.smape,
        })
    };
    pb::Forecast {
        series_id: series.series_id.to_string(),
        series_version: series.version,
        last_date: made.last_date.to_string(),
        step_days: days as i32,
        points: outlook.points.iter().enumerate().map(point).collect(),
        model: outlook.model.name().to_owned(),
        no_better_than_naive: !outlook.better_than_naive,
        constant: outlook.constant,
        error: error(outlook.error),
        naive_error: error(outlook.naive_error),
        origins: outlook.origins as i32,
        level: outlook.level,
        coverage: (outlook.coverage.of > 0).then(|| outlook.coverage.share()),
        coverage_of: outlook.coverage.of as i32,
        carried_days: made.carried as i32,
    }
}

/// A point of a forecast as a chart shows it.
pub fn ahead(point: &pb::ForecastPoint) -> Option<Ahead> {
    let price = |money: &Money| money.minor_units as f64;
    Some(Ahead {
        date: parse_date(&point.date).ok()?,
        price: price(point.price.as_ref()?),
        band: point
            .lower
            .as_ref()
            .map(price)
            .zip(point.upper.as_ref().map(price)),
    })
}

/// How far a price lies from another, in percent.
fn percent(price: i64, from: f64) -> f64 {
    if from == 0.0 {
        0.0
    } else {
        (price as f64 / from - 1.0) * 100.0
    }
}

/// Mean of the last prices of regions; the whole country's own is none of them.
pub fn mean_of_regions(all: &[Series]) -> Option<f64> {
    let regions = all.iter().filter(|one| !one.subject.region.is_empty());
    let (count, sum) = regions.fold((0_u32, 0.0), |(count, sum), one| {
        (count + 1, sum + one.last_price as f64)
    });
    (count > 0).then(|| sum / f64::from(count))
}

pub fn region(series: &Series, mean: Option<f64>, week_before: Option<i64>) -> pb::RegionPrice {
    pb::RegionPrice {
        series_id: series.series_id.to_string(),
        region: series.subject.region.clone(),
        date: series.last_date.to_string(),
        price: Some(won(series.last_price)),
        from_mean_percent: mean.map(|mean| percent(series.last_price, mean)),
        week_percent: week_before.map(|before| percent(series.last_price, before as f64)),
    }
}

fn position(position: Position) -> pb::BandPosition {
    match position {
        Position::Unknown => pb::BandPosition::Unknown,
        Position::Inside => pb::BandPosition::Inside,
        Position::Below => pb::BandPosition::Below,
        Position::Above => pb::BandPosition::Above,
    }
}

pub fn watch(watch: &Watch) -> pb::PriceWatch {
    pb::PriceWatch {
        product_id: watch.product_id.to_string(),
        product_name: watch.product_name.clone(),
        series_id: watch.series_id.to_string(),
        tolerance_percent: watch.tolerance_percent,
        position: position(watch.position).into(),
        price: Some(won(watch.price)),
        lower: watch.band.map(|band| won(band.lower)),
        upper: watch.band.map(|band| won(band.upper)),
        check_time: watch.check_time.map(timestamp),
        create_time: Some(timestamp(watch.create_time)),
    }
}

pub fn alert(alert: &Alert) -> pb::PriceAlert {
    pb::PriceAlert {
        alert_id: alert.alert_id.to_string(),
        seller_id: alert.seller_id.to_string(),
        product_id: alert.product_id.to_string(),
        product_name: alert.product_name.clone(),
        series_id: alert.series_id.to_string(),
        position: position(alert.position).into(),
        price: Some(won(alert.price)),
        lower: Some(won(alert.band.lower)),
        upper: Some(won(alert.band.upper)),
        time: Some(timestamp(alert.create_time)),
    }
}

pub fn alert_raised(raised: &Alert) -> pb::PriceAlertRaised {
    pb::PriceAlertRaised {
        alert: Some(alert(raised)),
    }
}

pub fn body(content_type: &str, data: Vec<u8>) -> Option<HttpBody> {
    Some(HttpBody {
        content_type: content_type.to_owned(),
        data,
        extensions: Vec::new(),
    })
}
