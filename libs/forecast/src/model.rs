use crate::ets::{self, Form};
use crate::{mstl, theta};

/// A way to forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Model {
    /// The last value goes on.
    Naive,
    /// So does the mean change between the first and the last value.
    Drift,
    /// What was a season ago comes again.
    SeasonalNaive,
    /// Simple exponential smoothing: ETS(A,N,N).
    Simple,
    /// Holt's linear trend: ETS(A,A,N).
    Holt,
    /// Holt's trend that fades: ETS(A,Ad,N).
    DampedHolt,
    /// Holt and Winters with an added season: ETS(A,A,A).
    HoltWinters,
    /// Holt and Winters with a multiplied season: ETS(M,A,M).
    HoltWintersMultiplied,
    /// The form of exponential smoothing with the least AICc.
    AutoEts,
    /// The standard theta model (Assimakopoulos and Nikolopoulos 2000).
    Theta,
    /// The best of the standard, optimised, dynamic and dynamic optimised theta models.
    AutoTheta,
    /// Season by STL (Cleveland et al. 1990; Bandara, Hyndman and Bergmeir 2021), the rest
    /// by the non-seasonal form of exponential smoothing with the least AICc.
    MstlEts,
}

impl Model {
    /// All of them, the quickest first.
    pub const ALL: [Self; 12] = [
        Self::Naive,
        Self::Drift,
        Self::SeasonalNaive,
        Self::Simple,
        Self::Theta,
        Self::Holt,
        Self::DampedHolt,
        Self::AutoTheta,
        Self::HoltWinters,
        Self::HoltWintersMultiplied,
        Self::MstlEts,
        Self::AutoEts,
    ];

    /// Name in capitals, such as `AUTO_THETA`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The next `horizon` values; None where the model cannot be fitted to the series, such
    /// as a season to less than two of them.
    pub fn forecast(self, values: &[f64], period: usize, horizon: usize) -> Option<Vec<f64>> {
        Settled::on(self, values, period)?.forecast(values, period, horizon)
    }
}

/// A model whose form was chosen, so that a backtest need not choose it again at each origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settled {
    model: Model,
    form: Form,
}

impl Settled {
    pub fn on(model: Model, values: &[f64], period: usize) -> Option<Self> {
        let form = match model {
            Model::Holt => Form::HOLT,
            Model::DampedHolt => Form::DAMPED,
            Model::HoltWinters => Form::HOLT_WINTERS,
            Model::HoltWintersMultiplied => Form::HOLT_WINTERS_MULTIPLIED,
            Model::AutoEts => ets::choose(values, period)?,
            Model::MstlEts => mstl::choose(values, period)?,
            _ => Form::SIMPLE,
        };
        Some(Self { model, form })
    }

    pub fn forecast(self, values: &[f64], period: usize, horizon: usize) -> Option<Vec<f64>> {
        let last = *values.last()?;
        match self.model {
            Model::Naive => Some(vec![last; horizon]),
            Model::Drift => {
                let slope = (last - values[0]) / (values.len() - 1).max(1) as f64;
                Some((1..=horizon).map(|step| last + slope * step as f64).collect())
            }
            Model::SeasonalNaive => {
                let season = (period > 1).then(|| values.len().checked_sub(period)).flatten()?;
                Some((0..horizon).map(|step| values[season + step % period]).collect())
            }
            Model::Theta => theta::standard(values, period, horizon),
            Model::AutoTheta => theta::auto(values, period, horizon),
            Model::MstlEts => mstl::forecast(values, period, self.form, horizon),
            _ => ets::forecast(values, period, self.form, horizon),
        }
    }
}
