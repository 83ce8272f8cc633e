//! Exponential smoothing in state space form, after Hyndman, Koehler, Ord and Snyder,
//! Forecasting with Exponential Smoothing (2008), chapters 2 and 5: parameters and first
//! states by likelihood, the form by AICc.

mod first;
mod fit;

use crate::seasonal::Join;

/// How a trend goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trend {
    None,
    Straight,
    Damped,
}

/// A form of the model: its error, trend and season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub error: Join,
    pub trend: Trend,
    pub season: Option<Join>,
}

impl Form {
    pub const SIMPLE: Self = Self::plain(Trend::None);
    pub const HOLT: Self = Self::plain(Trend::Straight);
    pub const DAMPED: Self = Self::plain(Trend::Damped);
    pub const HOLT_WINTERS: Self = Self {
        season: Some(Join::Added),
        ..Self::HOLT
    };
    pub const HOLT_WINTERS_MULTIPLIED: Self = Self {
        error: Join::Multiplied,
        trend: Trend::Straight,
        season: Some(Join::Multiplied),
    };

    const fn plain(trend: Trend) -> Self {
        Self {
            error: Join::Added,
            trend,
            season: None,
        }
    }

    fn multiplies(self) -> bool {
        self.error == Join::Multiplied || self.season == Some(Join::Multiplied)
    }
}

/// Longest season with a state for each of its steps.
const MOST_STATES: usize = 24;

/// The form with the least AICc. Multiplied seasons need multiplied errors; multiplied trends
/// run away and are left out.
pub(crate) fn choose(values: &[f64], period: usize) -> Option<Form> {
    let seasonal = (2..=MOST_STATES).contains(&period) && values.len() >= 2 * period;
    let seasons: &[Option<Join>] = if seasonal {
        &[None, Some(Join::Added), Some(Join::Multiplied)]
    } else {
        &[None]
    };
    let mut best: Option<(f64, Form)> = None;
    for &season in seasons {
        for error in [Join::Added, Join::Multiplied] {
            for trend in [Trend::None, Trend::Straight, Trend::Damped] {
                let form = Form { error, trend, season };
                if season == Some(Join::Multiplied) && error == Join::Added {
                    continue;
                }
                let Some(fitted) = fit::fit(values, period, form) else {
                    continue;
                };
                if fitted.aicc.is_finite() && best.is_none_or(|(least, _)| fitted.aicc < least) {
                    best = Some((fitted.aicc, form));
                }
            }
        }
    }
    best.map(|(_, form)| form)
}

/// What follows `values`, by one form. None when it cannot be fitted to them.
pub(crate) fn forecast(values: &[f64], period: usize, form: Form, horizon: usize) -> Option<Vec<f64>> {
    let fitted = fit::fit(values, period, form)?;
    let ahead = fitted.ahead(horizon);
    ahead.iter().all(|value| value.is_finite()).then_some(ahead)
}
