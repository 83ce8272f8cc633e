//! Bands by split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018): how
//! far forecasts from past origins were off, by step, tells how far this one may be.

use crate::backtest::{Origins, Record};
use crate::metric::mean;

/// Where a value is expected to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Not below 0.
    pub lower: f64,
    /// At least `lower`.
    pub upper: f64,
}

impl Band {
    /// Whether a value lies in it, its ends included.
    pub fn holds(&self, value: f64) -> bool {
        (self.lower..=self.upper).contains(&value)
    }

    fn around(value: f64, width: f64) -> Self {
        Self {
            lower: (value - width).max(0.0),
            upper: value + width,
        }
    }
}

/// How often past values lay in bands that were made of earlier errors only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Values inside their band.
    pub covered: usize,
    /// Values looked at.
    pub of: usize,
}

impl Coverage {
    /// `covered` of `of`; 0 of none.
    pub fn share(&self) -> f64 {
        self.covered as f64 / self.of.max(1) as f64
    }
}

/// The quantile that holds the next of exchangeable numbers with the chance `level`: the
/// `ceil((n + 1) level)`-th least of them. None when there are too few for that.
pub(crate) fn quantile(mut sizes: Vec<f64>, level: f64) -> Option<f64> {
    let rank = ((sizes.len() + 1) as f64 * level - 1e-9).ceil() as usize;
    if rank == 0 || rank > sizes.len() {
        return None;
    }
    sizes.sort_by(f64::total_cmp);
    Some(sizes[rank - 1])
}

/// Errors at past origins as shares of the forecast's own size, which prices go by.
struct Shares<'a> {
    origins: &'a Origins,
    /// By origin and step.
    sizes: Vec<Vec<f64>>,
    /// By origin, what a forecast near nothing is counted as: half of the usual.
    least: Vec<f64>,
}

impl<'a> Shares<'a> {
    fn of(values: &[f64], record: &Record, origins: &'a Origins) -> Self {
        let least: Vec<f64> = origins
            .known
            .iter()
            .map(|known| half_of_usual(&values[..*known]))
            .collect();
        let size = |(forecast, (known, least)): (&Vec<f64>, (&usize, &f64))| {
            let came = forecast.iter().zip(&values[*known..]);
            came.map(|(said, came)| (came - said).abs() / said.max(*least))
                .collect()
        };
        let sizes = record
            .forecasts
            .iter()
            .zip(origins.known.iter().zip(&least))
            .map(size)
            .collect();
        Self {
            origins,
            sizes,
            least,
        }
    }

    /// The share that is to hold, from the origins whose outcome at `step` was known at `known`.
    fn to_hold(&self, step: usize, known: usize, level: f64) -> Option<f64> {
        let past = self.origins.known.iter().zip(&self.sizes);
        let sizes = past
            .filter(|(origin, _)| *origin + step < known)
            .map(|(_, sizes)| sizes[step]);
        quantile(sizes.collect(), level)
    }
}

fn half_of_usual(values: &[f64]) -> f64 {
    let half = mean(values.iter().copied()) / 2.0;
    if half > 0.0 { half } else { 1.0 }
}

/// Bands around a forecast from the end of the series; None when too few origins are known.
/// With them, how bands made at each origin of what was known then would have held what came.
pub(crate) fn around(
    values: &[f64],
    record: &Record,
    origins: &Origins,
    forecast: &[f64],
    level: f64,
) -> (Option<Vec<Band>>, Coverage) {
    let shares = Shares::of(values, record, origins);
    let least = half_of_usual(values);
    let band = |(step, value): (usize, &f64)| {
        let share = shares.to_hold(step, values.len(), level)?;
        Some(Band::around(*value, share * value.max(least)))
    };
    let bands = forecast.iter().enumerate().map(band).collect();
    let mut coverage = Coverage { covered: 0, of: 0 };
    for ((known, forecast), least) in origins.known.iter().zip(&record.forecasts).zip(&shares.least) {
        for (step, value) in forecast.iter().enumerate() {
            let Some(share) = shares.to_hold(step, *known, level) else {
                continue;
            };
            let band = Band::around(*value, share * value.max(*least));
            coverage.of += 1;
            coverage.covered += usize::from(band.holds(values[known + step]));
        }
    }
    (bands, coverage)
}
