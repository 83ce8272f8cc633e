use time::{Date, Duration};
use uuid::Uuid;
use xlcfi_contracts::ai::v1::{
    self as proto, AnalyzePriceResponse, AnomalyKind, DemandPoint, ForecastDemandResponse, PricePoint,
    PriceVerdict, UnsoldLot,
};
use xlcfi_contracts::convert::{timestamp, won};
use xlcfi_contracts::market::v1::{ForecastPriceResponse, Series};
use xlcfi_contracts::product::v1;
use xlcfi_contracts::types::v1::Money;
use xlcfi_forecast::Outlook;
use xlcfi_types::calendar::parse_date;

use crate::anomaly::Kind;
use crate::demand::{Lot, Plan, advice};
use crate::error::Error;
use crate::price::{Day, Judged, Market, Verdict};
use crate::store::anomalies::Anomaly;

pub fn lot(lot: &v1::Lot) -> Lot {
    Lot {
        lot_id: lot.lot_id.clone(),
        use_by: parse_date(&lot.use_by_date).ok(),
        on_hand: lot.on_hand,
    }
}

/// What market said.
///
/// # Errors
/// It forecast nothing.
pub fn market(series: &Series, answer: &ForecastPriceResponse) -> Result<Market, Error> {
    let forecast = answer.forecast.as_ref().ok_or(Error::TooFewPrices)?;
    let amount = |money: &Option<Money>| money.as_ref().map_or(0, |money| money.minor_units);
    let days = forecast.points.iter().map(|point| Day {
        date: point.date.clone(),
        price: amount(&point.price),
        band: match (&point.lower, &point.upper) {
            (Some(lower), Some(upper)) => Some((lower.minor_units, upper.minor_units)),
            _ => None,
        },
    });
    let days: Vec<Day> = days.collect();
    if days.is_empty() {
        return Err(Error::TooFewPrices);
    }
    let names = [&series.item_name, &series.kind_name];
    let name = if names[0] == names[1] || names[1].is_empty() {
        names[0].clone()
    } else {
        format!("{} {}", names[0], names[1])
    };
    Ok(Market {
        name,
        unit: series.unit.clone(),
        last: amount(&series.last_price),
        days,
        no_better_than_naive: forecast.no_better_than_naive,
        constant: forecast.constant,
        coverage: forecast.coverage,
    })
}

pub fn price_analysis(
    series: Series,
    answer: ForecastPriceResponse,
    market: Market,
    judged: Judged,
) -> AnalyzePriceResponse {
    let points = market.days.into_iter().map(|day| PricePoint {
        date: day.date,
        price: Some(won(day.price)),
        lower: day.band.map(|(lower, _)| won(lower)),
        upper: day.band.map(|(_, upper)| won(upper)),
    });
    let verdict = match judged.verdict {
        Verdict::Fair => PriceVerdict::Fair,
        Verdict::TooLow => PriceVerdict::TooLow,
        Verdict::TooHigh => PriceVerdict::TooHigh,
    };
    AnalyzePriceResponse {
        verdict: verdict.into(),
        verdict_text: judged.verdict.text().to_owned(),
        suggested_lower: Some(won(judged.lower)),
        suggested_upper: Some(won(judged.upper)),
        reasons: judged.reasons,
        forecast: points.collect(),
        series_id: series.series_id,
        series_name: market.name,
        unit: market.unit,
        model: answer.forecast.unwrap_or_default().model,
        no_better_than_naive: market.no_better_than_naive,
        coverage: market.coverage,
    }
}

pub fn demand(
    product_id: Uuid,
    today: Date,
    history_days: usize,
    outlook: &Outlook,
    plan: &Plan,
) -> ForecastDemandResponse {
    let points = outlook
        .points
        .iter()
        .zip(0_i64..)
        .enumerate()
        .map(|(place, (units, day))| {
            let band = outlook.bands.as_ref().and_then(|bands| bands.get(place));
            DemandPoint {
                date: (today + Duration::days(day)).to_string(),
                units: *units,
                lower: band.map(|band| band.lower),
                upper: band.map(|band| band.upper),
            }
        });
    let unsold = plan.unsold.iter().map(|unsold| UnsoldLot {
        lot_id: unsold.lot.lot_id.clone(),
        use_by_date: unsold.use_by.to_string(),
        on_hand: unsold.lot.on_hand,
        unsold: unsold.units,
    });
    ForecastDemandResponse {
        product_id: product_id.to_string(),
        points: points.collect(),
        model: outlook.model.name().to_owned(),
        no_better_than_naive: !outlook.better_than_naive,
        history_days: i32::try_from(history_days).unwrap_or(i32::MAX),
        on_hand: plan.on_hand,
        run_out_date: plan.run_out.map(|date| date.to_string()).unwrap_or_default(),
        order_quantity: plan.order,
        unsold_lots: unsold.collect(),
        advice: advice(plan, outlook),
    }
}

pub fn anomaly(anomaly: Anomaly) -> proto::Anomaly {
    let (value, expected) = (anomaly.value.round(), anomaly.off.expected.round());
    let way = if anomaly.off.score > 0.0 {
        "많습니다"
    } else {
        "적습니다"
    };
    let (kind, reason) = match anomaly.kind {
        Kind::Sales => (
            AnomalyKind::Sales,
            format!(
                "{} 판매량 {value}개는 같은 요일의 평소 {expected}개보다 크게 {way}.",
                anomaly.day
            ),
        ),
        Kind::Price => {
            let way = if anomaly.off.score > 0.0 {
                "높습니다"
            } else {
                "낮습니다"
            };
            (
                AnomalyKind::Price,
                format!(
                    "{} 가격 {value}원은 평소 {expected}원보다 크게 {way}. 입력 실수인지 확인하세요.",
                    anomaly.day
                ),
            )
        }
    };
    proto::Anomaly {
        anomaly_id: anomaly.anomaly_id.to_string(),
        product_id: anomaly.product_id.to_string(),
        product_name: anomaly.product_name,
        seller_id: anomaly.seller_id.to_string(),
        kind: kind.into(),
        date: anomaly.day.to_string(),
        value: anomaly.value,
        expected: anomaly.off.expected,
        score: anomaly.off.score,
        reason,
        create_time: Some(timestamp(anomaly.create_time)),
    }
}
