use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_events::Failure;

use crate::method::MOST_METHODS;
use crate::payment::NoSuchMove;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such payment")]
    PaymentNotFound,
    #[error("this is not the amount to be paid")]
    AmountMismatch,
    #[error("the payment cannot be confirmed with this key now")]
    NotConfirmable,
    #[error("the time to pay is over")]
    Expired,
    #[error("the payment was declined")]
    Declined,
    #[error("no such payment method")]
    MethodNotFound,
    #[error("the payment provider refused to store the method")]
    MethodRefused,
    #[error("a member has at most {MOST_METHODS} payment methods; remove one first")]
    TooManyMethods,
    #[error("the payment provider is not available just now")]
    PgUnavailable,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "payment.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::PaymentNotFound => Explanation::new(Code::NotFound, "PAYMENT_NOT_FOUND"),
            Self::AmountMismatch => Explanation::new(Code::FailedPrecondition, "PAYMENT_AMOUNT_MISMATCH"),
            Self::NotConfirmable => Explanation::new(Code::FailedPrecondition, "PAYMENT_NOT_CONFIRMABLE"),
            Self::Expired => Explanation::new(Code::FailedPrecondition, "PAYMENT_EXPIRED"),
            Self::Declined => Explanation::new(Code::FailedPrecondition, "PAYMENT_DECLINED"),
            Self::MethodNotFound => Explanation::new(Code::NotFound, "PAYMENT_METHOD_NOT_FOUND"),
            Self::MethodRefused => Explanation::new(Code::FailedPrecondition, "PAYMENT_METHOD_REFUSED"),
            Self::TooManyMethods => Explanation::new(Code::FailedPrecondition, "TOO_MANY_PAYMENT_METHODS"),
            Self::PgUnavailable => {
                Explanation::new(Code::Unavailable, "PG_UNAVAILABLE").retry_after(Duration::from_secs(5))
            }
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

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Fault(Fault::bug(failure))
    }
}

impl From<NoSuchMove> for Error {
    fn from(error: NoSuchMove) -> Self {
        Self::Fault(Fault::bug(error))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::retry(error)
    }
}
