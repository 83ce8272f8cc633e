use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such member, or not the caller; leave `member_id` empty for the caller")]
    MemberNotFound,
    #[error("no such product")]
    ProductNotFound,
    #[error("no such model")]
    ModelNotFound,
    #[error("a model waits for its training or is in it; look at the list of models")]
    TrainingUnderWay,
    #[error("no such experiment")]
    ExperimentNotFound,
    #[error("there was an experiment of this name; choose another")]
    ExperimentNameTaken,
    #[error("an experiment runs; stop it first")]
    ExperimentRunning,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "recommendation.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::MemberNotFound => Explanation::new(Code::NotFound, "MEMBER_NOT_FOUND"),
            Self::ProductNotFound => Explanation::new(Code::NotFound, "PRODUCT_NOT_FOUND"),
            Self::ModelNotFound => Explanation::new(Code::NotFound, "MODEL_NOT_FOUND"),
            Self::TrainingUnderWay => Explanation::new(Code::FailedPrecondition, "TRAINING_UNDER_WAY"),
            Self::ExperimentNotFound => Explanation::new(Code::NotFound, "EXPERIMENT_NOT_FOUND"),
            Self::ExperimentNameTaken => Explanation::new(Code::AlreadyExists, "EXPERIMENT_NAME_TAKEN"),
            Self::ExperimentRunning => Explanation::new(Code::FailedPrecondition, "EXPERIMENT_RUNNING"),
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
