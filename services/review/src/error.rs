use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::purchase::Refused;
use crate::review::Forbidden;
use crate::rules::Rule;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such product in an order of the caller; a new one is there a moment after it is confirmed")]
    PurchaseNotFound,
    #[error("only what arrived and was not paid back can be reviewed")]
    NotDelivered,
    #[error("the line was reviewed before; each is reviewed once")]
    ReviewExists,
    #[error("the `request_id` made another review; make a new one")]
    RequestIdReused,
    #[error("no such review")]
    ReviewNotFound,
    #[error("the review has a newer version; read it and try again")]
    ReviewChanged,
    #[error("the time to change the review is over")]
    EditTimeOver,
    #[error("a person decided to hide the review; its author may appeal")]
    ReviewHidden,
    #[error("only a hidden review can be appealed")]
    ReviewNotHidden,
    #[error("the decision was appealed before; there is one appeal")]
    AppealExists,
    #[error("there is no appeal to decide")]
    AppealNotOpen,
    #[error("an appeal is decided by somebody else than who hid the review")]
    DecidedBySamePerson,
    #[error("nobody votes on, reports or decides about a review of their own")]
    OwnReview,
    #[error("an answer has no insults, links and phone numbers; write it without")]
    ReplyBreaksRules(Rule),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "review.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::PurchaseNotFound => Explanation::new(Code::NotFound, "PURCHASE_NOT_FOUND"),
            Self::NotDelivered => Explanation::new(Code::FailedPrecondition, "NOT_DELIVERED"),
            Self::ReviewExists => Explanation::new(Code::AlreadyExists, "REVIEW_EXISTS"),
            Self::RequestIdReused => Explanation::new(Code::Aborted, "REQUEST_ID_REUSED"),
            Self::ReviewNotFound => Explanation::new(Code::NotFound, "REVIEW_NOT_FOUND"),
            Self::ReviewChanged => Explanation::new(Code::Aborted, "REVIEW_CHANGED"),
            Self::EditTimeOver => Explanation::new(Code::FailedPrecondition, "EDIT_TIME_OVER"),
            Self::ReviewHidden => Explanation::new(Code::FailedPrecondition, "REVIEW_HIDDEN"),
            Self::ReviewNotHidden => Explanation::new(Code::FailedPrecondition, "REVIEW_NOT_HIDDEN"),
            Self::AppealExists => Explanation::new(Code::AlreadyExists, "APPEAL_EXISTS"),
            Self::AppealNotOpen => Explanation::new(Code::FailedPrecondition, "APPEAL_NOT_OPEN"),
            Self::DecidedBySamePerson => Explanation::new(Code::PermissionDenied, "DECIDED_BY_SAME_PERSON"),
            Self::OwnReview => Explanation::new(Code::FailedPrecondition, "OWN_REVIEW"),
            Self::ReplyBreaksRules(rule) => {
                Explanation::new(Code::FailedPrecondition, "REPLY_BREAKS_RULES").with("rule", rule.into_str())
            }
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<Forbidden> for Error {
    fn from(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::Changed => Self::ReviewChanged,
            Forbidden::EditTimeOver => Self::EditTimeOver,
            Forbidden::Hidden => Self::ReviewHidden,
            Forbidden::NotHidden => Self::ReviewNotHidden,
            Forbidden::Appealed => Self::AppealExists,
            Forbidden::AppealNotOpen => Self::AppealNotOpen,
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotDelivered => Self::NotDelivered,
            Refused::Reviewed => Self::ReviewExists,
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
