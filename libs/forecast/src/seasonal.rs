//! Is there a season, and which: the test and the decomposition theta models and the
//! first states of exponential smoothing need.

use crate::metric::mean;

/// How a season joins the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    Added,
    Multiplied,
}

/// Whether the autocorrelation over a season is more than chance at 90 %, two-sided: above
/// 1.645 of Bartlett's deviation (Fiorucci et al. 2016, section 3).
pub(crate) fn is_seasonal(values: &[f64], period: usize) -> bool {
    if period < 4 || values.len() < 2 * period {
        return false;
    }
    let average = mean(values.iter().copied());
    let variance: f64 = values.iter().map(|value| (value - average).powi(2)).sum();
    if variance == 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        let products = values.iter().skip(lag).zip(values);
        products.map(|(a, b)| (a - average) * (b - average)).sum::<f64>() / variance
    };
    let before: f64 = (1..period).map(|lag| correlation(lag).powi(2)).sum();
    let deviation = ((1.0 + 2.0 * before) / values.len() as f64).sqrt();
    correlation(period).abs() / deviation > 1.644_853_626_951_472_2
}

/// The season of classical decomposition: means, by place in the season, of what a centred
/// moving average leaves (Hyndman and Athanasopoulos, Forecasting, section 3.4). One value for
/// each place; they add up to 0, or have the mean 1. None with fewer than two seasons.
pub(crate) fn season(values: &[f64], period: usize, join: Join) -> Option<Vec<f64>> {
    if period < 2 || values.len() < 2 * period {
        return None;
    }
    let half = period / 2;
    let mut sums = vec![(0.0, 0_u32); period];
    for at in half..values.len() - half {
        let window = &values[at - half..=at + half];
        let trend = if period % 2 == 1 {
            mean(window.iter().copied())
        } else {
            let ends = f64::midpoint(window[0], window[period]);
            (ends + window[1..period].iter().sum::<f64>()) / period as f64
        };
        let left = match join {
            Join::Added => values[at] - trend,
            Join::Multiplied if trend > 0.0 => values[at] / trend,
            Join::Multiplied => return None,
        };
        let (sum, count) = &mut sums[at % period];
        *sum += left;
        *count += 1;
    }
    let means: Vec<f64> = sums
        .iter()
        .map(|(sum, count)| sum / f64::from((*count).max(1)))
        .collect();
    let middle = mean(means.iter().copied());
    let centred = means.iter().map(|value| match join {
        Join::Added => value - middle,
        Join::Multiplied => value / middle,
    });
    Some(centred.collect())
}
