/// Why there is no forecast, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Error {
    /// Fewer points than can be learnt from.
    #[error("{points} points are too few to forecast from; give {required} at least")]
    TooFewPoints {
        /// How many there are.
        points: usize,
        /// How many there must be.
        required: usize,
    },
    /// NaN or infinite.
    #[error("point {index} is no finite number; leave it out or mend it")]
    NotFinite {
        /// Its place in the series, from 0.
        index: usize,
    },
    /// Prices and sales are zero or more.
    #[error("point {index} is negative; leave it out or mend it")]
    Negative {
        /// Its place in the series, from 0.
        index: usize,
    },
    /// A day or its neighbour is there twice, or out of order.
    #[error("point {index} is not later than the one before; give each time once, in order")]
    NotInOrder {
        /// Its place in the series, from 0.
        index: usize,
    },
    /// A season has one step at least, and not more than [`MOST_PERIOD`](crate::MOST_PERIOD).
    #[error("a period of {period} makes no sense; 1 says that there is no season")]
    PeriodOutOfRange {
        /// What was asked.
        period: usize,
    },
    /// Farther than the series can tell.
    #[error(
        "{horizon} steps ahead are more than {most}, which is as far as this series can tell; ask for fewer"
    )]
    HorizonTooLong {
        /// What was asked.
        horizon: usize,
        /// What is possible.
        most: usize,
    },
    /// No step ahead was asked for.
    #[error("a forecast has one step at least")]
    NoHorizon,
    /// A band's level is a share, above 0 and below 1.
    #[error("a band's level lies between 0.5 and 0.99")]
    LevelOutOfRange,
}
