use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_events::Failure;
use xlcfi_identity::Refused;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("your roles do not have the permission for this; ask somebody who has it")]
    PermissionMissing,
    #[error("no such proposal")]
    ProposalNotFound,
    #[error("the proposal is your own; somebody else has to decide about it")]
    ProposalOwn,
    #[error("the proposal was decided before; look at it again")]
    ProposalDecided,
    #[error("nobody decided about the proposal in time; propose it anew")]
    ProposalExpired,
    #[error("the same request is being done just now; ask again in a moment")]
    OperationRunning,
    #[error("the request_id was used for another act; make a new one")]
    RequestIdUsed,
    #[error("nobody has this account")]
    PersonNotFound,
    #[error("no such campaign")]
    CampaignNotFound,
    #[error("no such published notice; a new one is there a moment after etl told it")]
    RecallNoticeNotFound,
    #[error("{0}")]
    NoticeNamesNothing(Invalid),
    #[error("the service {0} does not answer; try again in a moment")]
    OwnerUnavailable(&'static str),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "admin.xlcfi.com";

    fn explain(&self) -> Explanation {
        let soon = Duration::from_secs(1);
        match self {
            Self::PermissionMissing => Explanation::new(Code::PermissionDenied, "PERMISSION_MISSING"),
            Self::ProposalNotFound => Explanation::new(Code::NotFound, "PROPOSAL_NOT_FOUND"),
            Self::ProposalOwn => Explanation::new(Code::FailedPrecondition, "PROPOSAL_OWN"),
            Self::ProposalDecided => Explanation::new(Code::FailedPrecondition, "PROPOSAL_DECIDED"),
            Self::ProposalExpired => Explanation::new(Code::FailedPrecondition, "PROPOSAL_EXPIRED"),
            Self::OperationRunning => Explanation::new(Code::Aborted, "OPERATION_RUNNING").retry_after(soon),
            Self::RequestIdUsed => Explanation::new(Code::Aborted, "REQUEST_ID_USED"),
            Self::PersonNotFound => Explanation::new(Code::NotFound, "PERSON_NOT_FOUND"),
            Self::RecallNoticeNotFound => Explanation::new(Code::NotFound, "RECALL_NOTICE_NOT_FOUND"),
            Self::CampaignNotFound => Explanation::new(Code::NotFound, "CAMPAIGN_NOT_FOUND"),
            Self::NoticeNamesNothing(invalid) => {
                Explanation::new(Code::InvalidArgument, "NOTICE_NAMES_NOTHING").invalid(invalid.clone())
            }
            Self::OwnerUnavailable(service) => Explanation::new(Code::Unavailable, "OWNER_UNAVAILABLE")
                .with("service", service)
                .retry_after(soon),
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

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Fault(Fault::bug(failure))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}
