use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::outlook::Refused;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such series; `ListItems` tells which there are")]
    SeriesNotFound,
    #[error("the series has {points} prices in a row and needs {required}; ask when there are more")]
    TooFewPrices { points: usize, required: usize },
    #[error("the series can tell {most_days} days ahead; ask for fewer")]
    HorizonTooLong { most_days: usize },
    #[error("no such product of the caller; a new one is there a moment after it is published")]
    ProductNotFound,
    #[error("the product and the series are not both counted by weight, volume or pieces")]
    UnitsNotComparable,
    #[error("the product is not watched")]
    PriceWatchNotFound,
    #[error("no such alert of the caller; leave it empty to get those from now on")]
    PriceAlertNotFound,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "market.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::SeriesNotFound => Explanation::new(Code::NotFound, "SERIES_NOT_FOUND"),
            Self::TooFewPrices { points, required } => {
                Explanation::new(Code::FailedPrecondition, "TOO_FEW_PRICES")
                    .with("points", points)
                    .with("required", required)
            }
            Self::HorizonTooLong { most_days } => {
                Explanation::new(Code::FailedPrecondition, "HORIZON_TOO_LONG").with("most_days", most_days)
            }
            Self::ProductNotFound => Explanation::new(Code::NotFound, "PRODUCT_NOT_FOUND"),
            Self::UnitsNotComparable => Explanation::new(Code::FailedPrecondition, "UNITS_NOT_COMPARABLE"),
            Self::PriceWatchNotFound => Explanation::new(Code::NotFound, "PRICE_WATCH_NOT_FOUND"),
            Self::PriceAlertNotFound => Explanation::new(Code::NotFound, "PRICE_ALERT_NOT_FOUND"),
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooFewPrices { points, required } => Self::TooFewPrices { points, required },
            Refused::HorizonTooLong { most_days } => Self::HorizonTooLong { most_days },
            Refused::Unusable(error) => Self::Fault(Fault::bug(error)),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}
