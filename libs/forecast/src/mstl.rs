//! A season found by loess and carried on, the rest by exponential smoothing.

use crate::ets::{self, Form};

/// The season and what it leaves of a series.
fn decompose(values: &[f64], period: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if period < 2 || values.len() < 2 * period {
        return None;
    }
    let parts = stlrs::Mstl::fit(values, &[period]).ok()?;
    let season = parts.seasonal().first()?.clone();
    let rest = values
        .iter()
        .zip(&season)
        .map(|(value, season)| value - season)
        .collect();
    Some((season, rest))
}

/// The form for what the season leaves.
pub(crate) fn choose(values: &[f64], period: usize) -> Option<Form> {
    let (_, rest) = decompose(values, period)?;
    ets::choose(&rest, 1)
}

/// What follows: the last season again, on what exponential smoothing says of the rest.
pub(crate) fn forecast(values: &[f64], period: usize, form: Form, horizon: usize) -> Option<Vec<f64>> {
    let (season, rest) = decompose(values, period)?;
    let last = &season[season.len() - period..];
    let ahead = ets::forecast(&rest, 1, form, horizon)?;
    let joined = ahead
        .iter()
        .enumerate()
        .map(|(step, value)| value + last[step % period]);
    Some(joined.collect())
}
