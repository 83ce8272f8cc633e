//! How models would have done: forecasts from origins in the past, with what was known then.

use std::time::Instant;

use crate::metric::{self, mean};
use crate::model::{Model, Settled};
use crate::series::{FEWEST_POINTS, Series};

/// Points in the past from which forecasts are made, in order.
#[derive(Debug)]
pub(crate) struct Origins {
    /// How many points were known at each.
    pub known: Vec<usize>,
    /// Steps between two of them.
    pub apart: usize,
    pub horizon: usize,
}

impl Origins {
    /// `most` of them at most, over the later half of the series, as far apart as the horizon
    /// at most. Two seasons and more are known at the first where the series is long enough.
    pub fn of(series: &Series, horizon: usize, most: usize) -> Self {
        let last = series.values().len() - horizon;
        let wished = (2 * series.period() + 2).min(last.saturating_sub(4));
        let first = (series.values().len() / 2)
            .max(wished)
            .max(FEWEST_POINTS / 2)
            .min(last);
        let room = last - first + 1;
        let apart = (room / most.max(1)).clamp(1, horizon.max(1));
        let count = (room.div_ceil(apart)).min(most.max(1));
        let known = (0..count).rev().map(|back| last - back * apart).collect();
        Self {
            known,
            apart,
            horizon,
        }
    }
}

/// What a model did at each origin.
#[derive(Debug)]
pub(crate) struct Record {
    pub model: Model,
    /// By origin, what it said.
    pub forecasts: Vec<Vec<f64>>,
    /// By origin.
    pub mase: Vec<f64>,
    pub smape: f64,
}

impl Record {
    /// A model's record; None where it cannot be fitted at some origin, or time is over
    /// before it is done. Its form is chosen at the first origin, with what was known then.
    pub fn of(model: Model, series: &Series, origins: &Origins, until: Option<Instant>) -> Option<Self> {
        let (values, period) = (series.values(), series.period());
        let overall = metric::scale(values, period).unwrap_or(1.0);
        let settled = Settled::on(model, &values[..*origins.known.first()?], period)?;
        let mut record = Self {
            model,
            forecasts: Vec::with_capacity(origins.known.len()),
            mase: Vec::with_capacity(origins.known.len()),
            smape: 0.0,
        };
        let mut smapes = Vec::with_capacity(origins.known.len());
        for &known in &origins.known {
            if until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
            let forecast = said(settled.forecast(&values[..known], period, origins.horizon)?);
            let actual = &values[known..known + origins.horizon];
            let scale = metric::scale(&values[..known], period).unwrap_or(overall);
            record.mase.push(metric::mase(actual, &forecast, scale));
            smapes.push(metric::smape(actual, &forecast));
            record.forecasts.push(forecast);
        }
        record.smape = mean(smapes.into_iter());
        Some(record)
    }

    pub fn mean_mase(&self) -> f64 {
        mean(self.mase.iter().copied())
    }

    /// How much less its error is than another's, in standard errors of the difference.
    /// Forecasts that overlap are not independent, so they count as fewer.
    pub fn lead(&self, other: &Self, origins: &Origins) -> f64 {
        let gains: Vec<f64> = other
            .mase
            .iter()
            .zip(&self.mase)
            .map(|(theirs, own)| theirs - own)
            .collect();
        let gain = mean(gains.iter().copied());
        let count = gains.len() as f64;
        let spread = mean(gains.iter().map(|one| (one - gain).powi(2)));
        let independent = (count * origins.apart as f64 / origins.horizon as f64).clamp(1.0, count);
        let error = (spread / independent).sqrt();
        if error == 0.0 {
            return if gain > 0.0 { f64::INFINITY } else { 0.0 };
        }
        gain / error
    }
}

/// A forecast as it is told: prices and sales are not negative.
pub(crate) fn said(mut forecast: Vec<f64>) -> Vec<f64> {
    for value in &mut forecast {
        *value = value.max(0.0);
    }
    forecast
}
