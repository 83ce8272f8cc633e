//! What will be sold, what to order, and what will expire unsold. Pure.

use time::{Date, Duration};
use xlcfi_forecast::{Options, Outlook, Series};

use crate::error::Error;

/// Sales go by weeks.
const WEEK: usize = 7;

/// Goods of one lot that may be sold, in the order they leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    pub lot_id: String,
    /// The last day it may be sold; `None` for goods without one.
    pub use_by: Option<Date>,
    pub on_hand: i64,
}

/// A lot of which something is left on its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsold {
    pub lot: Lot,
    pub use_by: Date,
    pub units: i64,
}

/// What follows from a forecast and the stock.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub on_hand: i64,
    pub run_out: Option<Date>,
    pub order: i64,
    pub unsold: Vec<Unsold>,
}

/// Forecasts daily sales.
///
/// # Errors
/// Too few days, or too many ahead.
pub fn forecast(days: Vec<f64>, ahead: usize) -> Result<Outlook, Error> {
    let known = days.len();
    let series = Series::new(days, WEEK).map_err(|error| refused(error, known))?;
    xlcfi_forecast::forecast(&series, ahead, &Options::default()).map_err(|error| refused(error, known))
}

fn refused(error: xlcfi_forecast::Error, days: usize) -> Error {
    match error {
        xlcfi_forecast::Error::HorizonTooLong { .. } => Error::HorizonTooLong,
        _ => Error::TooFewSales {
            days,
            required: xlcfi_forecast::FEWEST_POINTS,
        },
    }
}

/// Plans with sales of each day from `today` on. Lots sell first expired, first out;
/// after the last day known sales go on at their mean.
pub fn plan(outlook: &Outlook, lots: &[Lot], today: Date) -> Plan {
    let daily = &outlook.points;
    let mean = daily.iter().sum::<f64>() / daily.len().max(1) as f64;
    let by_day = |days: i64| -> f64 {
        let known = usize::try_from(days + 1).unwrap_or(0);
        let beyond = known.saturating_sub(daily.len());
        daily.iter().take(known).sum::<f64>() + mean * beyond as f64
    };
    let mut sold_before = 0;
    let mut unsold = Vec::new();
    for lot in lots {
        let left = lot.use_by.map(|use_by| ((use_by - today).whole_days(), use_by));
        let Some((days, use_by)) = left else { continue };
        let sold = (by_day(days).floor() as i64 - sold_before).clamp(0, lot.on_hand);
        sold_before += sold;
        if sold < lot.on_hand {
            unsold.push(Unsold {
                lot: lot.clone(),
                use_by,
                units: lot.on_hand - sold,
            });
        }
    }
    let on_hand: i64 = lots.iter().map(|lot| lot.on_hand).sum();
    let last = today + Duration::days(i64::try_from(daily.len()).unwrap_or(0) - 1);
    let lost = unsold
        .iter()
        .filter(|lot| lot.use_by < last)
        .map(|lot| lot.units)
        .sum::<i64>();
    let lasting = (on_hand - lost) as f64;
    let mut needed = 0.0;
    let run_out = daily.iter().zip(0..).find_map(|(units, day)| {
        needed += units;
        (needed > lasting).then(|| today + Duration::days(day))
    });
    // What chance may add over all days, when they vary one by one.
    let bands = outlook.bands.iter().flatten().zip(daily);
    let spare = bands
        .map(|(band, units)| (band.upper - units).powi(2))
        .sum::<f64>()
        .sqrt();
    let order = (daily.iter().sum::<f64>() + spare - lasting).ceil().max(0.0);
    Plan {
        on_hand,
        run_out,
        order: if run_out.is_some() { order as i64 } else { 0 },
        unsold,
    }
}

/// What to do, for the seller.
pub fn advice(plan: &Plan, outlook: &Outlook) -> Vec<String> {
    let mut advice = Vec::new();
    let days = outlook.points.len();
    let total = outlook.points.iter().sum::<f64>().round();
    advice.push(format!(
        "앞으로 {days}일 동안 약 {total}개가 팔릴 것으로 보입니다."
    ));
    match plan.run_out {
        Some(date) => advice.push(format!(
            "재고 {}개는 {date}에 떨어집니다. {}개를 더 준비하세요.",
            plan.on_hand, plan.order
        )),
        None => advice.push(format!("재고 {}개로 이 기간을 채울 수 있습니다.", plan.on_hand)),
    }
    for unsold in &plan.unsold {
        advice.push(format!(
            "소비기한 {} 물량 중 {}개는 팔리지 않고 남을 것으로 보입니다. 할인이나 기부를 검토하세요.",
            unsold.use_by, unsold.units
        ));
    }
    if outlook.constant {
        advice.push("판매량이 매일 같아 예측이 그대로 이어집니다.".to_owned());
    } else if !outlook.better_than_naive {
        advice.push("최근 판매량을 그대로 쓰는 것보다 나은 예측 모형이 없어 참고만 하세요.".to_owned());
    }
    advice
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 22);

    fn lot(use_by: Option<Date>, on_hand: i64) -> Lot {
        Lot {
            lot_id: "l".into(),
            use_by,
            on_hand,
        }
    }

    #[test]
    fn what_expires_before_it_is_sold_is_told_first_expired_first_out() {
        let outlook = forecast(vec![10.0; 30], 7).unwrap();
        let lots = [
            lot(Some(date!(2026 - 11 - 23)), 50),
            lot(Some(date!(2026 - 11 - 30)), 30),
            lot(None, 100),
        ];
        let plan = plan(&outlook, &lots, TODAY);
        assert_eq!(plan.on_hand, 180);
        // Two days sell 20 of the first 50; the second lot has days enough.
        assert_eq!(plan.unsold.len(), 1);
        assert_eq!(plan.unsold[0].units, 30);
        assert_eq!((plan.run_out, plan.order), (None, 0));
    }

    #[test]
    fn what_runs_out_is_to_be_ordered() {
        let outlook = forecast(vec![10.0; 30], 7).unwrap();
        let plan = plan(&outlook, &[lot(None, 25)], TODAY);
        assert_eq!(plan.run_out, Some(date!(2026 - 11 - 24)));
        assert_eq!(plan.order, 45);
        assert_eq!(advice(&plan, &outlook).len(), 3);
    }

    #[test]
    fn what_cannot_be_forecast_is_refused() {
        let too_few = |days: Vec<f64>| matches!(forecast(days, 3), Err(Error::TooFewSales { .. }));
        assert!(too_few(vec![]));
        assert!(too_few(vec![5.0]));
        assert!(too_few(vec![f64::NAN; 30]));
        assert!(too_few(vec![-1.0; 30]));
        assert!(matches!(
            forecast(vec![5.0; 30], 3_650),
            Err(Error::HorizonTooLong)
        ));
        assert!(forecast(vec![0.0; 30], 7).is_ok());
    }
}
