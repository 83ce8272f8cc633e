use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_events::Failure;

/// Why a run could not be found or moved.
#[derive(Debug, thiserror::Error)]
pub enum SagaError {
    /// There is no such run.
    #[error("no such saga")]
    NotFound,
    /// It has ended, or waits for somebody to mend it.
    #[error("the saga has ended and cannot be moved")]
    Ended,
    /// The request is malformed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A store is away, or a bug.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for SagaError {
    const DOMAIN: &'static str = "saga.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::NotFound => Explanation::new(Code::NotFound, "SAGA_NOT_FOUND"),
            Self::Ended => Explanation::new(Code::FailedPrecondition, "SAGA_ENDED"),
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<sqlx::Error> for SagaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Failure> for SagaError {
    fn from(failure: Failure) -> Self {
        let fault = match failure {
            Failure::Retry(cause) => match cause.downcast::<sqlx::Error>() {
                Ok(error) => Fault::from(*error),
                Err(cause) => Fault::unavailable(cause),
            },
            Failure::Poison(cause) => Fault::bug(cause),
        };
        Self::Fault(fault)
    }
}

impl From<SagaError> for tonic::Status {
    fn from(error: SagaError) -> Self {
        error.into_status()
    }
}
