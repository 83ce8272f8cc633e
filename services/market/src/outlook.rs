use std::time::Duration;

use time::Date;
use xlcfi_forecast::{Options, Outlook, Series, fill, forecast};

use crate::series::DayPrice;

/// Days in a row without a price that get the one before: long feasts are shorter.
const MOST_CARRIED: usize = 14;
/// More days ahead are told by week.
const MOST_BY_DAY: usize = 31;
/// Days looked at, told by day.
const DAYS: usize = 400;
/// Weeks looked at, told by week.
const WEEKS: usize = 312;
const WEEK: usize = 7;
const WEEKS_OF_YEAR: usize = 52;
/// Share of prices that bands are to hold.
pub const LEVEL: f64 = 0.8;
/// Origins of a backtest.
const ORIGINS: usize = 24;

/// A forecast with what its steps are.
#[derive(Debug)]
pub struct Made {
    pub outlook: Outlook,
    pub step_days: usize,
    pub last_date: Date,
    pub carried: usize,
}

/// Why there is none.
#[derive(Debug, PartialEq)]
pub enum Refused {
    TooFewPrices {
        points: usize,
        required: usize,
    },
    HorizonTooLong {
        most_days: usize,
    },
    /// What is stored makes no series.
    Unusable(xlcfi_forecast::Error),
}

/// Forecasts `days` ahead of the last price, by day or by week.
pub fn make(prices: &[DayPrice], days: usize, budget: Duration) -> Result<Made, Refused> {
    let dated: Vec<(i64, f64)> = prices
        .iter()
        .map(|day| (i64::from(day.date.to_julian_day()), day.price as f64))
        .collect();
    let step_days = if days <= MOST_BY_DAY { 1 } else { WEEK };
    let refused = |error| refusal(error, step_days);
    let filled = fill(&dated, MOST_CARRIED).map_err(refused)?;
    let last_date = prices.last().map_or(Date::MIN, |day| day.date);
    let series = if step_days == 1 {
        let values = latest(filled.values, DAYS);
        let period = if values.len() >= 3 * WEEK { WEEK } else { 1 };
        Series::new(values, period)
    } else {
        let values = latest(weeks(&filled.values), WEEKS);
        let period = if values.len() >= 2 * WEEKS_OF_YEAR {
            WEEKS_OF_YEAR
        } else {
            1
        };
        Series::new(values, period)
    };
    let options = Options {
        level: LEVEL,
        most_origins: ORIGINS,
        budget,
        ..Options::default()
    };
    let outlook = forecast(&series.map_err(refused)?, days.div_ceil(step_days), &options).map_err(refused)?;
    Ok(Made {
        outlook,
        step_days,
        last_date,
        carried: filled.carried,
    })
}

fn refusal(error: xlcfi_forecast::Error, step_days: usize) -> Refused {
    match error {
        xlcfi_forecast::Error::TooFewPoints { points, required } => Refused::TooFewPrices {
            points: points * step_days,
            required: required * step_days,
        },
        xlcfi_forecast::Error::HorizonTooLong { most, .. } => Refused::HorizonTooLong {
            most_days: most * step_days,
        },
        error => Refused::Unusable(error),
    }
}

fn latest(mut values: Vec<f64>, most: usize) -> Vec<f64> {
    values.drain(..values.len().saturating_sub(most));
    values
}

/// Means of weeks that end with the last day; days before the first whole week are left out.
fn weeks(values: &[f64]) -> Vec<f64> {
    let whole = &values[values.len() % WEEK..];
    whole
        .chunks(WEEK)
        .map(|week| week.iter().sum::<f64>() / WEEK as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn days(count: usize, every: usize) -> Vec<DayPrice> {
        let day = |at: usize| DayPrice {
            date: date!(2024 - 01 - 01) + time::Duration::days((at * every) as i64),
            price: 1000 + (at % 7) as i64 * 10,
        };
        (0..count).map(day).collect()
    }

    fn made(prices: &[DayPrice], ahead: usize) -> Result<Made, Refused> {
        make(prices, ahead, Duration::from_millis(300))
    }

    #[test]
    fn a_month_is_told_by_day_and_more_by_week() {
        let by_day = made(&days(80, 1), 31).unwrap();
        assert_eq!((by_day.step_days, by_day.outlook.points.len()), (1, 31));
        let by_week = made(&days(80, 1), 32).unwrap();
        assert_eq!((by_week.step_days, by_week.outlook.points.len()), (7, 5));
    }

    #[test]
    fn gaps_are_carried_up_to_two_weeks() {
        assert_eq!(made(&days(20, 2), 3).unwrap().carried, 19);
        let mut prices = days(20, 1);
        prices
            .iter_mut()
            .skip(15)
            .for_each(|day| day.date += time::Duration::days(15));
        let refused = Refused::TooFewPrices {
            points: 5,
            required: 8,
        };
        assert_eq!(made(&prices, 3).unwrap_err(), refused);
    }

    #[test]
    fn what_cannot_be_told_says_how_far_it_can() {
        assert_eq!(
            made(&[], 3).unwrap_err(),
            Refused::TooFewPrices {
                points: 0,
                required: 8
            }
        );
        assert_eq!(
            made(&days(20, 1), 11).unwrap_err(),
            Refused::HorizonTooLong { most_days: 10 }
        );
        assert_eq!(
            made(&days(140, 1), 365).unwrap_err(),
            Refused::HorizonTooLong { most_days: 70 }
        );
    }
}
