/// Symmetric mean absolute percentage error, 0 to 200: the mean of `200 |y - f| / (|y| + |f|)`
/// (Makridakis 1993, as the M3 competition counts it). Where both are 0 there is no error.
pub fn smape(actual: &[f64], forecast: &[f64]) -> f64 {
    let term = |(y, f): (&f64, &f64)| {
        let size = y.abs() + f.abs();
        if size == 0.0 {
            0.0
        } else {
            200.0 * (y - f).abs() / size
        }
    };
    mean(actual.iter().zip(forecast).map(term))
}

/// Mean absolute scaled error (Hyndman and Koehler 2006): the mean absolute error over
/// [`scale`] of what came before. Below 1 is better than the seasonal naive one step ahead.
pub fn mase(actual: &[f64], forecast: &[f64], scale: f64) -> f64 {
    mean(actual.iter().zip(forecast).map(|(y, f)| (y - f).abs())) / scale
}

/// Mean absolute change over a season, `mean |y_t - y_(t-period)|`; over one step when there
/// are fewer points than that, or no change over a season. None when nothing ever changed.
pub fn scale(values: &[f64], period: usize) -> Option<f64> {
    let over = |steps: usize| {
        let changes = values
            .iter()
            .skip(steps)
            .zip(values)
            .map(|(y, before)| (y - before).abs());
        Some(mean(changes)).filter(|scale| *scale > 0.0)
    };
    over(period).or_else(|| over(1))
}

/// Mean of numbers; 0 of none.
pub(crate) fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for number in numbers {
        sum += number;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}
