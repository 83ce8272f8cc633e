use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

/// When to ask again for what is away.
const SOON: Duration = Duration::from_secs(2);

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such product of the caller")]
    ProductNotFound,
    #[error("the market knows no prices of it; ask for another name or product")]
    SeriesNotFound,
    #[error("a price is a whole number of won above 0")]
    PriceInvalid,
    #[error("too few prices are known to forecast from")]
    TooFewPrices,
    #[error("{days} days of sales are too few to forecast from; {required} are needed")]
    TooFewSales { days: usize, required: usize },
    #[error("so many days ahead nothing can be told; ask for fewer")]
    HorizonTooLong,
    #[error("the market service does not answer")]
    MarketUnavailable,
    #[error("the product service does not answer")]
    ProductUnavailable,
    #[error("the review service does not answer")]
    ReviewUnavailable,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "ai.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::ProductNotFound => Explanation::new(Code::NotFound, "PRODUCT_NOT_FOUND"),
            Self::SeriesNotFound => Explanation::new(Code::NotFound, "SERIES_NOT_FOUND"),
            Self::PriceInvalid => Explanation::new(Code::InvalidArgument, "PRICE_INVALID")
                .invalid(Invalid::field("current_price", "must be whole won above 0")),
            Self::TooFewPrices => Explanation::new(Code::FailedPrecondition, "TOO_FEW_PRICES"),
            Self::TooFewSales { days, required } => {
                Explanation::new(Code::FailedPrecondition, "TOO_FEW_SALES")
                    .with("days", days)
                    .with("required", required)
            }
            Self::HorizonTooLong => Explanation::new(Code::FailedPrecondition, "HORIZON_TOO_LONG"),
            Self::MarketUnavailable => {
                Explanation::new(Code::Unavailable, "MARKET_UNAVAILABLE").retry_after(SOON)
            }
            Self::ProductUnavailable => {
                Explanation::new(Code::Unavailable, "PRODUCT_UNAVAILABLE").retry_after(SOON)
            }
            // Only the worker asks review, and it tries again by itself.
            Self::ReviewUnavailable => Fault::unavailable("review does not answer").explain(),
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
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
