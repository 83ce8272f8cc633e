use std::time::{Duration, Instant};

use crate::backtest::{Origins, Record, said};
use crate::bands::{self, Band, Coverage};
use crate::error::Error;
use crate::model::Model;
use crate::series::Series;

/// How a forecast is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Share of values the bands are to hold, 0.5 to 0.99.
    pub level: f64,
    /// Origins of the backtest at most.
    pub most_origins: usize,
    /// Time after which no further model is tried; those that were done count.
    pub budget: Duration,
    /// Models to choose from, the quickest first. The naive one is always among them.
    pub models: Vec<Model>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: 0.8,
            most_origins: 30,
            budget: Duration::from_secs(2),
            models: Model::ALL.to_vec(),
        }
    }
}

/// What is expected of a series, and how far that is to be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Which model says so.
    pub model: Model,
    /// The values that follow, none negative.
    pub points: Vec<f64>,
    /// Where each of them is expected to be; None when the series is too short to know.
    pub bands: Option<Vec<Band>>,
    /// Share of values the bands are to hold.
    pub level: f64,
    /// How often bands held what came, measured at past origins with the errors of still
    /// earlier ones only; none were looked at in short series.
    pub coverage: Coverage,
    /// The model's error in the backtest.
    pub error: Errors,
    /// The naive model's, from the same origins.
    pub naive_error: Errors,
    /// Origins of the backtest.
    pub origins: usize,
    /// The model beat the naive one by more than chance explains. Where it is false, `model`
    /// is the naive one: nothing known here is better than saying that all stays as it is.
    pub better_than_naive: bool,
    /// All values of the series are the same; errors are 0 then.
    pub constant: bool,
    /// Every model that was tried in time, with its mean absolute scaled error.
    pub tried: Vec<(Model, f64)>,
}

/// Errors over the origins of a backtest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Mean absolute scaled error; see [`mase`](crate::mase).
    pub mase: f64,
    /// Symmetric mean absolute percentage error; see [`smape`](crate::smape).
    pub smape: f64,
}

/// How many standard errors a model must lead the naive one by to be chosen: what chance alone
/// gives one time in twenty.
const LEAD: f64 = 1.645;

/// Forecasts a series `horizon` steps ahead, by the model that would have done best from
/// origins in the past; by the naive one, where none would have done clearly better.
///
/// # Errors
/// A horizon of none or of more than half the series, or a senseless level.
pub fn forecast(series: &Series, horizon: usize, options: &Options) -> Result<Outlook, Error> {
    let most = series.most_horizon();
    if horizon == 0 {
        return Err(Error::NoHorizon);
    }
    if horizon > most {
        return Err(Error::HorizonTooLong { horizon, most });
    }
    if !(0.5..=0.99).contains(&options.level) {
        return Err(Error::LevelOutOfRange);
    }
    let (values, period) = (series.values(), series.period());
    let until = Instant::now() + options.budget;
    let origins = Origins::of(series, horizon, options.most_origins);
    let naive = Record::of(Model::Naive, series, &origins, None).expect("the last value can always go on");
    let mut others = Vec::new();
    if !series.is_constant() {
        let models = options.models.iter().filter(|model| **model != Model::Naive);
        others.extend(models.filter_map(|model| Record::of(*model, series, &origins, Some(until))));
    }
    let mut tried = vec![(Model::Naive, naive.mean_mase())];
    tried.extend(others.iter().map(|record| (record.model, record.mean_mase())));
    let best = others
        .iter()
        .min_by(|a, b| a.mean_mase().total_cmp(&b.mean_mase()));
    let best = best.filter(|best| best.lead(&naive, &origins) > LEAD);
    let ahead = best.and_then(|best| Some((best, best.model.forecast(values, period, horizon)?)));
    let better_than_naive = ahead.is_some();
    let (chosen, points) = match ahead {
        Some((best, points)) => (best, said(points)),
        None => (&naive, vec![values[values.len() - 1]; horizon]),
    };
    let errors = |record: &Record| Errors {
        mase: record.mean_mase(),
        smape: record.smape,
    };
    let (bands, coverage) = bands::around(values, chosen, &origins, &points, options.level);
    Ok(Outlook {
        model: chosen.model,
        bands,
        points,
        level: options.level,
        coverage,
        error: errors(chosen),
        naive_error: errors(&naive),
        origins: origins.known.len(),
        better_than_naive,
        constant: series.is_constant(),
        tried,
    })
}
