use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_events::Failure;

use crate::decline::Decline;
use crate::line::Impossible;
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
    #[error("the order has not asked for its payment yet; repeat it soon")]
    NotReady,
    #[error("the time to pay is over")]
    Expired,
    #[error("{}", .0.sentences().1)]
    Declined(Decline),
    #[error("this order was tried to be paid too often; order again")]
    TooManyAttempts,
    #[error("the payment is not in conflict with the payment provider")]
    NotConflicted,
    #[error("nothing of this payment can be given back now; it must be captured and not being undone")]
    NotRefundable,
    #[error(transparent)]
    Refund(#[from] Impossible),
    #[error("no such refund")]
    RefundNotFound,
    #[error("the refund has changed; look at it again")]
    RefundChanged,
    #[error("the refund does not wait for a decision")]
    NotInReview,
    #[error("the money came as a deposit; say which account it goes to")]
    AccountNeeded,
    #[error("the order is undone, so its money goes back; approve it, or pay it by hand")]
    NotRejectable,
    #[error("no such payment provider; there are toss and stripe")]
    ProviderNotFound,
    #[error("this is no webhook of the payment provider")]
    WebhookUnreadable,
    #[error("a webhook has at most 256 KiB")]
    WebhookTooLarge,
    #[error("the payment provider did not sign this")]
    WebhookNotSigned,
    #[error("the signature is more than five minutes old; send the webhook anew")]
    WebhookStale,
    #[error("no such payment method")]
    MethodNotFound,
    #[error("the payment provider refused to store the method")]
    MethodRefused,
    #[error("a member has at most {MOST_METHODS} payment methods; remove one first")]
    TooManyMethods,
    #[error("no such report")]
    ReconciliationNotFound,
    #[error("the day is not over in Korea; compare it from tomorrow on")]
    DayNotOver,
    #[error("the day is being compared already; look at its report in a moment")]
    ReconciliationRunning,
    #[error("the report is too large for one file; export one outcome at a time, or list its lines")]
    ReconciliationTooLarge,
    #[error("the payment provider is not available just now")]
    PgUnavailable,
    #[error("the member has no credit line")]
    CreditLineNotFound,
    #[error("the credit line has changed; look at it again")]
    CreditLineChanged,
    #[error("the account is another member's; name one of its own")]
    DepositAccountTaken,
    #[error("no such deposit")]
    DepositNotFound,
    #[error("the bank's id was used for another deposit; look at what the bank says")]
    DepositDiffers,
    #[error("the deposit has a member already")]
    DepositAssigned,
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
            Self::NotReady => {
                // Not UNAVAILABLE: nothing is broken, and no breaker is to count it.
                Explanation::new(Code::FailedPrecondition, "PAYMENT_NOT_READY")
                    .retry_after(Duration::from_secs(1))
            }
            Self::Expired => Explanation::new(Code::FailedPrecondition, "PAYMENT_EXPIRED"),
            Self::Declined(decline) => Explanation::new(Code::FailedPrecondition, "PAYMENT_DECLINED")
                .with("decline_reason", decline.into_str())
                .with("message_ko", decline.sentences().0),
            Self::TooManyAttempts => Explanation::new(Code::FailedPrecondition, "TOO_MANY_PAYMENT_ATTEMPTS"),
            Self::NotConflicted => Explanation::new(Code::FailedPrecondition, "PAYMENT_NOT_CONFLICTED"),
            Self::NotRefundable => Explanation::new(Code::FailedPrecondition, "PAYMENT_NOT_REFUNDABLE"),
            Self::Refund(Impossible::AboveRest { .. }) => {
                Explanation::new(Code::FailedPrecondition, "REFUND_ABOVE_BALANCE")
            }
            Self::Refund(_) => Explanation::new(Code::InvalidArgument, "INVALID_REFUND"),
            Self::RefundNotFound => Explanation::new(Code::NotFound, "REFUND_NOT_FOUND"),
            Self::RefundChanged => Explanation::new(Code::Aborted, "REFUND_CHANGED"),
            Self::NotInReview => Explanation::new(Code::FailedPrecondition, "REFUND_NOT_IN_REVIEW"),
            Self::AccountNeeded => Explanation::new(Code::FailedPrecondition, "REFUND_ACCOUNT_NEEDED"),
            Self::NotRejectable => Explanation::new(Code::FailedPrecondition, "REFUND_NOT_REJECTABLE"),
            Self::ProviderNotFound => Explanation::new(Code::NotFound, "PROVIDER_NOT_FOUND"),
            Self::WebhookUnreadable => Explanation::new(Code::InvalidArgument, "WEBHOOK_UNREADABLE"),
            Self::WebhookTooLarge => Explanation::new(Code::InvalidArgument, "WEBHOOK_TOO_LARGE"),
            Self::WebhookNotSigned => Explanation::new(Code::PermissionDenied, "WEBHOOK_NOT_SIGNED"),
            Self::WebhookStale => Explanation::new(Code::PermissionDenied, "WEBHOOK_STALE"),
            Self::MethodNotFound => Explanation::new(Code::NotFound, "PAYMENT_METHOD_NOT_FOUND"),
            Self::MethodRefused => Explanation::new(Code::FailedPrecondition, "PAYMENT_METHOD_REFUSED"),
            Self::TooManyMethods => Explanation::new(Code::FailedPrecondition, "TOO_MANY_PAYMENT_METHODS"),
            Self::ReconciliationNotFound => Explanation::new(Code::NotFound, "RECONCILIATION_NOT_FOUND"),
            Self::DayNotOver => Explanation::new(Code::FailedPrecondition, "RECONCILIATION_DAY_NOT_OVER"),
            Self::ReconciliationRunning => Explanation::new(Code::Aborted, "RECONCILIATION_RUNNING"),
            Self::ReconciliationTooLarge => {
                Explanation::new(Code::FailedPrecondition, "RECONCILIATION_TOO_LARGE")
            }
            Self::PgUnavailable => {
                Explanation::new(Code::Unavailable, "PG_UNAVAILABLE").retry_after(Duration::from_secs(5))
            }
            Self::CreditLineNotFound => Explanation::new(Code::NotFound, "CREDIT_LINE_NOT_FOUND"),
            Self::CreditLineChanged => Explanation::new(Code::Aborted, "CREDIT_LINE_CHANGED"),
            Self::DepositAccountTaken => Explanation::new(Code::AlreadyExists, "DEPOSIT_ACCOUNT_TAKEN"),
            Self::DepositNotFound => Explanation::new(Code::NotFound, "DEPOSIT_NOT_FOUND"),
            Self::DepositDiffers => Explanation::new(Code::AlreadyExists, "DEPOSIT_DIFFERS"),
            Self::DepositAssigned => Explanation::new(Code::FailedPrecondition, "DEPOSIT_ASSIGNED"),
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
