//! Theta models in state space form, after Fiorucci, Pellegrini, Louzada, Petropoulos and
//! Koehler, "Models for optimising the theta method and their relationship to state space
//! models" (2016), equations 9 to 20: the level is smoothed, the line through the series is
//! fixed (standard, optimised) or follows it (dynamic).

use crate::seasonal::{self, Join};
use crate::simplex::minimise;

/// Fewest points of a fit.
const FEWEST: usize = 4;
/// Errors of the first steps tell more of the first state than of the model.
const UNCOUNTED: usize = 3;

#[derive(Debug, Clone, Copy)]
struct Kind {
    /// The line follows the series.
    dynamic: bool,
    /// How much the line's slope counts is estimated instead of half.
    optimised: bool,
}

const STANDARD: Kind = Kind {
    dynamic: false,
    optimised: false,
};
const ALL: [Kind; 4] = [
    STANDARD,
    Kind {
        dynamic: false,
        optimised: true,
    },
    Kind {
        dynamic: true,
        optimised: false,
    },
    Kind {
        dynamic: true,
        optimised: true,
    },
];

/// The standard model, with a season where the test finds one.
pub(crate) fn standard(values: &[f64], period: usize, horizon: usize) -> Option<Vec<f64>> {
    with_season(values, period, horizon, &[STANDARD])
}

/// The best of standard, optimised, dynamic and dynamic optimised by squared error in sample.
pub(crate) fn auto(values: &[f64], period: usize, horizon: usize) -> Option<Vec<f64>> {
    with_season(values, period, horizon, &ALL)
}

fn with_season(values: &[f64], period: usize, horizon: usize, kinds: &[Kind]) -> Option<Vec<f64>> {
    if values.len() < FEWEST {
        return None;
    }
    if !seasonal::is_seasonal(values, period) {
        return best(values, horizon, kinds);
    }
    let positive = values.iter().all(|value| *value > 0.0);
    let multiplied = positive
        .then(|| seasonal::season(values, period, Join::Multiplied))
        .flatten();
    let multiplied = multiplied.filter(|season| season.iter().all(|index| *index >= 0.01));
    let (season, join) = match multiplied {
        Some(season) => (season, Join::Multiplied),
        None => (seasonal::season(values, period, Join::Added)?, Join::Added),
    };
    let place = |at: usize| season[at % period];
    let rest: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, value)| match join {
            Join::Added => value - place(at),
            Join::Multiplied => value / place(at),
        })
        .collect();
    let ahead = best(&rest, horizon, kinds)?;
    let joined = ahead.iter().enumerate().map(|(step, value)| match join {
        Join::Added => value + place(values.len() + step),
        Join::Multiplied => value * place(values.len() + step),
    });
    Some(joined.collect())
}

fn best(values: &[f64], horizon: usize, kinds: &[Kind]) -> Option<Vec<f64>> {
    let fits = kinds.iter().map(|kind| fit(values, *kind));
    let (model, _) = fits
        .filter(|(_, error)| error.is_finite())
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let ahead = model.run(values, horizon).1;
    ahead.iter().all(|value| value.is_finite()).then_some(ahead)
}

fn fit(values: &[f64], kind: Kind) -> (Model, f64) {
    let line = line(values);
    let model = |place: &[f64]| Model {
        kind,
        line,
        level: place[0],
        alpha: place[1],
        theta: if kind.optimised { place[2] } else { 2.0 },
    };
    let mut start = vec![values[0] / 2.0, 0.5];
    let mut steps = vec![(values[0] / 4.0).abs().max(1e-3), 0.2];
    if kind.optimised {
        start.push(2.0);
        steps.push(1.0);
    }
    let (place, _) = minimise(&start, &steps, 1000, |place| {
        let model = model(place);
        if (0.1..=0.99).contains(&model.alpha) && (1.0..=1e10).contains(&model.theta) {
            model.run(values, 0).0
        } else {
            f64::INFINITY
        }
    });
    let model = model(&place);
    let error = model.run(values, 0).0;
    (model, error)
}

/// Intercept and slope of the straight line through points at 1, 2, 3, ...
fn line(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let weighted = values
        .iter()
        .zip(1_u32..)
        .map(|(value, at)| value * f64::from(at))
        .sum::<f64>()
        / count;
    let slope = 6.0 * (2.0 * weighted - (count + 1.0) * mean) / (count * count - 1.0);
    (mean - (count + 1.0) / 2.0 * slope, slope)
}

#[derive(Debug, Clone, Copy)]
struct Model {
    kind: Kind,
    line: (f64, f64),
    level: f64,
    alpha: f64,
    theta: f64,
}

impl Model {
    /// Mean squared error one step ahead, and what follows the series.
    fn run(&self, values: &[f64], horizon: usize) -> (f64, Vec<f64>) {
        let share = 1.0 - 1.0 / self.theta;
        let keep = 1.0 - self.alpha;
        let (mut level, mut power) = (self.level, 1.0);
        let (mut intercept, mut slope) = if self.kind.dynamic {
            (values[0], 0.0)
        } else {
            self.line
        };
        let mut mean = 0.0;
        let mut squares = 0.0;
        let mut ahead = Vec::with_capacity(horizon);
        for at in 0..values.len() + horizon {
            let next_power = power * keep;
            let expected = if self.kind.dynamic && at == 0 {
                values[0]
            } else {
                level + share * (intercept * power + slope * (1.0 - next_power) / self.alpha)
            };
            let value = match values.get(at) {
                Some(value) => {
                    if at >= UNCOUNTED {
                        squares += (value - expected).powi(2);
                    }
                    *value
                }
                None => {
                    ahead.push(expected);
                    expected
                }
            };
            level = self.alpha * value + keep * level;
            power = next_power;
            let before = at as f64;
            let old_mean = mean;
            mean = (before * mean + value) / (before + 1.0);
            if self.kind.dynamic && at > 0 {
                let now = before + 1.0;
                slope = ((now - 2.0) * slope + 6.0 * (value - old_mean) / now) / (now + 1.0);
                intercept = mean - slope * (now + 1.0) / 2.0;
            }
        }
        let counted = values.len().saturating_sub(UNCOUNTED).max(1);
        (squares / counted as f64, ahead)
    }
}
