use std::time::Duration;

use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_events::Failure;
use xlcfi_identity::Refused;
use xlcfi_saga::SagaError;

/// Why the service refuses or fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such order")]
    OrderNotFound,
    #[error("no such product: {0}")]
    ProductNotFound(String),
    #[error("no such address; add one with MemberService.AddAddress")]
    AddressNotFound,
    #[error("the product is not sold: {0}")]
    ProductNotSold(String),
    #[error("this quantity of {0} cannot be ordered; see minimum, multiple and maximum of its ladder")]
    QuantityNotAllowed(String),
    #[error("no lot of {0} is near its use-by date; order it at its full price")]
    NotNearExpiry(String),
    #[error("the cart is empty; name lines or fill the cart first")]
    CartEmpty,
    #[error("the cart holds 100 lines already")]
    CartFull,
    #[error("more points than the order costs")]
    PointsExceedTotal,
    #[error("this request_id was used for another order")]
    RequestIdReused,
    #[error("the order is shipped, delivered or cancelled already")]
    NotCancellable,
    #[error("only a confirmed order can be shipped")]
    NotShippable,
    #[error("only a shipped order can be delivered")]
    NotDeliverable,
    #[error("the product service does not answer")]
    ProductUnavailable,
    #[error("the member service does not answer")]
    MemberUnavailable,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "order.xlcfi.com";

    fn explain(&self) -> Explanation {
        let soon = Duration::from_secs(1);
        match self {
            Self::OrderNotFound => Explanation::new(Code::NotFound, "ORDER_NOT_FOUND"),
            Self::ProductNotFound(id) => {
                Explanation::new(Code::NotFound, "PRODUCT_NOT_FOUND").with("product_id", id)
            }
            Self::AddressNotFound => Explanation::new(Code::NotFound, "ADDRESS_NOT_FOUND"),
            Self::ProductNotSold(id) => {
                Explanation::new(Code::FailedPrecondition, "PRODUCT_NOT_SOLD").with("product_id", id)
            }
            Self::QuantityNotAllowed(id) => {
                Explanation::new(Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED").with("product_id", id)
            }
            Self::NotNearExpiry(id) => {
                Explanation::new(Code::FailedPrecondition, "NOT_NEAR_EXPIRY").with("product_id", id)
            }
            Self::CartEmpty => Explanation::new(Code::FailedPrecondition, "CART_EMPTY"),
            Self::CartFull => Explanation::new(Code::FailedPrecondition, "CART_FULL"),
            Self::PointsExceedTotal => Explanation::new(Code::FailedPrecondition, "POINTS_EXCEED_TOTAL"),
            Self::RequestIdReused => Explanation::new(Code::Aborted, "REQUEST_ID_REUSED"),
            Self::NotCancellable => Explanation::new(Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE"),
            Self::NotShippable => Explanation::new(Code::FailedPrecondition, "ORDER_NOT_SHIPPABLE"),
            Self::NotDeliverable => Explanation::new(Code::FailedPrecondition, "ORDER_NOT_DELIVERABLE"),
            Self::ProductUnavailable => {
                Explanation::new(Code::Unavailable, "PRODUCT_UNAVAILABLE").retry_after(soon)
            }
            Self::MemberUnavailable => {
                Explanation::new(Code::Unavailable, "MEMBER_UNAVAILABLE").retry_after(soon)
            }
            Self::Refused(refused) => refused.explain(),
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

impl From<SagaError> for Error {
    fn from(error: SagaError) -> Self {
        match error {
            SagaError::NotFound => Self::OrderNotFound,
            SagaError::Fault(fault) => Self::Fault(fault),
            error => Self::Fault(Fault::bug(error)),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Fault(fault) => Self::retry(fault),
            error => Self::poison(error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}
