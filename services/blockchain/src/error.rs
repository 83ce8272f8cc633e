use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not anchored yet; the next anchor covers it")]
    NotAnchoredYet,
    #[error("there is no such chain; ListChains names them")]
    ChainNotFound,
    #[error("nothing waits for this chain")]
    NothingToHurry,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "blockchain.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::NotAnchoredYet => Explanation::new(Code::NotFound, "NOT_ANCHORED_YET"),
            Self::ChainNotFound => Explanation::new(Code::NotFound, "CHAIN_NOT_FOUND"),
            Self::NothingToHurry => Explanation::new(Code::FailedPrecondition, "NOTHING_TO_HURRY"),
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
