use super::{Form, MOST_STATES, Trend, first};
use crate::metric;
use crate::seasonal::Join;
use crate::simplex::minimise;

/// Steps of the search.
const MOST_STEPS: usize = 2000;
/// Where smoothing is as good as none.
const LEAST: f64 = 1e-4;
/// How far the first simplex reaches, as a share of where it begins. With the small smoothing
/// it begins at, a search that ends early prefers states that change little; that forecasts
/// better than the last digit of likelihood.
const FIRST_STEP: f64 = 0.2;
/// How fast a damped trend may fade.
const DAMPING: std::ops::RangeInclusive<f64> = 0.8..=0.98;

/// A form with its estimates, at the end of the series.
#[derive(Debug)]
pub(super) struct Fitted {
    form: Form,
    damping: f64,
    level: f64,
    slope: f64,
    season: Vec<f64>,
    /// Place in the season of the next step.
    next: usize,
    pub aicc: f64,
}

/// Smoothing parameters and first states, read from what the search moves.
struct Estimates<'a> {
    alpha: f64,
    beta: f64,
    gamma: f64,
    damping: f64,
    level: f64,
    slope: f64,
    /// All places of the season but the last.
    season: &'a [f64],
}

impl<'a> Estimates<'a> {
    fn read(form: Form, moved: &'a [f64]) -> Self {
        let mut place = 0;
        let mut next = || {
            place += 1;
            moved[place - 1]
        };
        let alpha = next();
        let beta = if form.trend == Trend::None { 0.0 } else { next() };
        let damping = if form.trend == Trend::Damped { next() } else { 1.0 };
        let gamma = if form.season.is_some() { next() } else { 0.0 };
        let level = next();
        let slope = if form.trend == Trend::None { 0.0 } else { next() };
        Self {
            alpha,
            beta,
            gamma,
            damping,
            level,
            slope,
            season: &moved[place..],
        }
    }

    /// The usual region, in which every form forgets.
    fn allowed(&self, form: Form) -> bool {
        (LEAST..=0.9999).contains(&self.alpha)
            && (form.trend == Trend::None || (LEAST..=self.alpha).contains(&self.beta))
            && (form.trend != Trend::Damped || DAMPING.contains(&self.damping))
            && (form.season.is_none() || (LEAST..=1.0 - self.alpha).contains(&self.gamma))
    }
}

/// Fits a form; None when the series is too short for it, or not positive though it
/// multiplies.
pub(super) fn fit(values: &[f64], period: usize, form: Form) -> Option<Fitted> {
    let seasonal = form.season.is_some();
    if seasonal && !(2..=MOST_STATES).contains(&period)
        || form.multiplies() && values.iter().any(|v| *v <= 0.0)
    {
        return None;
    }
    let period = if seasonal { period } else { 1 };
    let (level, slope, season) = first::states(values, period, form)?;
    let alpha = LEAST + 0.2 / period as f64;
    let change = metric::scale(values, period)?;
    let mut start = vec![alpha];
    let mut steps = vec![FIRST_STEP * alpha];
    let mut add = |value: f64, least: f64| {
        start.push(value);
        steps.push(FIRST_STEP * if value == 0.0 { least } else { value });
    };
    if form.trend != Trend::None {
        add(LEAST + 0.1 * (alpha - LEAST), LEAST);
    }
    if form.trend == Trend::Damped {
        add(0.978, -1.0);
    }
    if seasonal {
        add(0.05 * (1.0 - alpha), LEAST);
    }
    add(level, change);
    if form.trend != Trend::None {
        add(slope, change);
    }
    for index in &season[..period.saturating_sub(1).min(season.len())] {
        add(*index, change);
    }
    let parameters = start.len() + 1;
    if values.len() < parameters + 2 {
        return None;
    }
    let mut buffer = vec![0.0; period];
    let (place, _) = minimise(&start, &steps, MOST_STEPS, |moved| {
        let estimates = Estimates::read(form, moved);
        if !estimates.allowed(form) {
            return f64::INFINITY;
        }
        run(values, form, &estimates, &mut buffer).map_or(f64::INFINITY, |end| end.cost)
    });
    let estimates = Estimates::read(form, &place);
    let end = run(values, form, &estimates, &mut buffer)?;
    let (k, n) = (parameters as f64, values.len() as f64);
    Some(Fitted {
        form,
        damping: estimates.damping,
        level: end.level,
        slope: end.slope,
        season: buffer,
        next: values.len() % period,
        aicc: end.cost + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0),
    })
}

struct End {
    level: f64,
    slope: f64,
    /// Twice the negative log likelihood, but for a constant.
    cost: f64,
}

/// Goes through the series; the season ends up in `season`.
fn run(values: &[f64], form: Form, from: &Estimates<'_>, season: &mut [f64]) -> Option<End> {
    let (mut level, mut slope) = (from.level, from.slope);
    if form.season.is_some() {
        let mut sum = 0.0;
        for (state, moved) in season.iter_mut().zip(from.season) {
            *state = *moved;
            sum += *state;
        }
        let last = season.len() - 1;
        season[last] = if form.season == Some(Join::Multiplied) {
            season.len() as f64 - sum
        } else {
            -sum
        };
        if form.season == Some(Join::Multiplied) && season.iter().any(|state| *state <= 0.0) {
            return None;
        }
    }
    let trended = form.trend != Trend::None;
    let share = if trended { from.beta / from.alpha } else { 0.0 };
    let (mut squares, mut logs) = (0.0, 0.0);
    let mut place = 0;
    for value in values {
        let base = if trended {
            level + from.damping * slope
        } else {
            level
        };
        let (expected, apart) = match form.season {
            None => (base, *value),
            Some(Join::Added) => (base + season[place], value - season[place]),
            Some(Join::Multiplied) => (base * season[place], value / season[place]),
        };
        if form.error == Join::Multiplied {
            if expected <= 0.0 {
                return None;
            }
            squares += ((value - expected) / expected).powi(2);
            logs += expected.ln();
        } else {
            squares += (value - expected).powi(2);
        }
        let before = level;
        level = base + from.alpha * (apart - base);
        if trended {
            let faded = from.damping * slope;
            slope = faded + share * (level - before - faded);
        }
        match form.season {
            None => {}
            Some(Join::Added) => season[place] += from.gamma * (value - base - season[place]),
            Some(Join::Multiplied) => {
                if base <= 0.0 {
                    return None;
                }
                season[place] += from.gamma * (value / base - season[place]);
            }
        }
        place += 1;
        if place == season.len() {
            place = 0;
        }
    }
    let tiny = f64::MIN_POSITIVE;
    let cost = values.len() as f64 * squares.max(tiny).ln() + 2.0 * logs;
    Some(End { level, slope, cost })
}

impl Fitted {
    /// The next `horizon` steps.
    pub fn ahead(&self, horizon: usize) -> Vec<f64> {
        let (mut faded, mut factor) = (0.0, 1.0);
        let step = |ahead: usize| {
            factor *= self.damping;
            faded += factor;
            let base = self.level + faded * self.slope;
            let state = self.season[(self.next + ahead) % self.season.len()];
            match self.form.season {
                None => base,
                Some(Join::Added) => base + state,
                Some(Join::Multiplied) => base * state,
            }
        };
        (0..horizon).map(step).collect()
    }
}
