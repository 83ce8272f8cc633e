use crate::error::Error;

/// Fewest points of a forecast.
pub const FEWEST_POINTS: usize = 8;
/// Longest season, in steps: a year of days.
pub const MOST_PERIOD: usize = 366;
/// Most points that are looked at; older ones are left out.
pub const MOST_POINTS: usize = 1100;

/// Prices or sales at even steps, oldest first: finite and not negative.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    values: Vec<f64>,
    period: usize,
}

impl Series {
    /// `values` at even steps, of which `period` make a season; 1 says that there is none.
    /// Only the last [`MOST_POINTS`] are kept.
    ///
    /// # Errors
    /// Too few points, one that is negative or no number, or a senseless period.
    pub fn new(mut values: Vec<f64>, period: usize) -> Result<Self, Error> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite { index });
        }
        if let Some(index) = values.iter().position(|value| *value < 0.0) {
            return Err(Error::Negative { index });
        }
        if !(1..=MOST_PERIOD).contains(&period) {
            return Err(Error::PeriodOutOfRange { period });
        }
        if values.len() < FEWEST_POINTS {
            let (points, required) = (values.len(), FEWEST_POINTS);
            return Err(Error::TooFewPoints { points, required });
        }
        values.drain(..values.len().saturating_sub(MOST_POINTS));
        Ok(Self { values, period })
    }

    /// Its values, oldest first.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Steps of a season; 1 when there is none.
    pub fn period(&self) -> usize {
        self.period
    }

    /// All values are the same.
    pub fn is_constant(&self) -> bool {
        self.values.iter().all(|value| *value == self.values[0])
    }

    /// Farthest step that can be forecast: half of what is known.
    pub fn most_horizon(&self) -> usize {
        self.values.len() / 2
    }
}

/// A series made even: what was missing between two points is the earlier one's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// At even steps, oldest first.
    pub values: Vec<f64>,
    /// Time of the first of them; the last is the last given.
    pub first: i64,
    /// How many of them were carried forward.
    pub carried: usize,
    /// There was a longer gap: what came before it was left out.
    pub cut: bool,
}

/// Makes points at whole times (such as days, or weeks since some day) even. Missing ones
/// carry the value before forward, at most `most_carried` in a row. What came before a longer
/// gap says little of what follows and is left out.
///
/// # Errors
/// Times that do not rise, or no points.
pub fn fill(points: &[(i64, f64)], most_carried: usize) -> Result<Filled, Error> {
    let Some(&(first, value)) = points.first() else {
        return Err(Error::TooFewPoints {
            points: 0,
            required: FEWEST_POINTS,
        });
    };
    let mut filled = Filled {
        values: vec![value],
        first,
        carried: 0,
        cut: false,
    };
    for (index, pair) in points.windows(2).enumerate() {
        let ((before, carried), (time, value)) = (pair[0], pair[1]);
        if time <= before {
            return Err(Error::NotInOrder { index: index + 1 });
        }
        let missing = usize::try_from(time - before - 1).unwrap_or(usize::MAX);
        if missing > most_carried {
            filled = Filled {
                values: vec![value],
                first: time,
                carried: 0,
                cut: true,
            };
            continue;
        }
        filled.values.extend(std::iter::repeat_n(carried, missing));
        filled.values.push(value);
        filled.carried += missing;
    }
    Ok(filled)
}
