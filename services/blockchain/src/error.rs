use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such entry of the log")]
    EntryNotFound,
    #[error("what this entry said was erased; its place and commitment are still in the log")]
    EntryErased { index: Option<i64> },
    #[error("the entry is not under a signed checkpoint yet; try again in a moment")]
    ProofNotReady,
    #[error("no checkpoint was signed at this size")]
    CheckpointNotFound,
    #[error("this log has no key set up to sign and check with")]
    LogNotSigned,
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

const SOON: Duration = Duration::from_secs(2);

impl Explain for Error {
    const DOMAIN: &'static str = "blockchain.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::EntryNotFound => Explanation::new(Code::NotFound, "ENTRY_NOT_FOUND"),
            Self::EntryErased { index } => {
                let erased = Explanation::new(Code::FailedPrecondition, "ENTRY_ERASED");
                match index {
                    Some(index) => erased.with("index", index),
                    None => erased,
                }
            }
            Self::ProofNotReady => Explanation::new(Code::Unavailable, "PROOF_NOT_READY").retry_after(SOON),
            Self::CheckpointNotFound => Explanation::new(Code::NotFound, "CHECKPOINT_NOT_FOUND"),
            Self::LogNotSigned => Explanation::new(Code::Unavailable, "LOG_NOT_SIGNED").retry_after(SOON),
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
