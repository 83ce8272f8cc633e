//! Where states begin before they are estimated.

use super::{Form, Trend};
use crate::metric::mean;
use crate::seasonal::{self, Join};

/// First level, slope and season (its first place first) of a form.
pub(super) fn states(values: &[f64], period: usize, form: Form) -> Option<(f64, f64, Vec<f64>)> {
    let season = match form.season {
        None => Vec::new(),
        Some(join) => season(values, period, join)?,
    };
    let adjusted: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, value)| match form.season {
            None => *value,
            Some(Join::Added) => value - season[at % period],
            Some(Join::Multiplied) => value / season[at % period],
        })
        .collect();
    let span = adjusted.len().min(10.max(2 * period));
    let beginning = &adjusted[..span];
    if form.trend == Trend::None {
        return Some((mean(beginning.iter().copied()), 0.0, season));
    }
    let (level, slope) = straight(beginning);
    Some((level, slope, season))
}

fn season(values: &[f64], period: usize, join: Join) -> Option<Vec<f64>> {
    let found = seasonal::season(values, period, join)?;
    let safe = |index: f64| {
        if join == Join::Multiplied {
            index.max(1e-2)
        } else {
            index
        }
    };
    Some(found.into_iter().map(safe).collect())
}

/// Value at 0 and slope of the straight line through points at 1, 2, 3, ...
fn straight(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let (middle, average) = ((count + 1.0) / 2.0, mean(values.iter().copied()));
    let (mut products, mut squares) = (0.0, 0.0);
    for (value, at) in values.iter().zip(1_u32..) {
        let away = f64::from(at) - middle;
        products += away * (value - average);
        squares += away * away;
    }
    let slope = if squares == 0.0 { 0.0 } else { products / squares };
    (average - slope * middle, slope)
}
