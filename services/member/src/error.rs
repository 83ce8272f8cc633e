use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::address::MOST_ADDRESSES;
use crate::points::NotEnough;
use crate::shelf::MOST_WISHES;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such member")]
    MemberNotFound,
    #[error("no such address")]
    AddressNotFound,
    #[error("a member has at most {MOST_ADDRESSES} addresses; remove one first")]
    TooManyAddresses,
    /// Holds every wrong field of the request, the number among them.
    #[error(transparent)]
    RegistrationNumberInvalid(Invalid),
    #[error("the tax office knows no such number; check it")]
    BusinessUnregistered,
    #[error("this business is closed, as the tax office says")]
    BusinessClosed,
    #[error("only {} points are there and not held", .0.available)]
    PointsNotEnough(NotEnough),
    #[error("orders are under way; withdraw when they have arrived or are cancelled")]
    OrdersUnderWay,
    #[error("nobody trades without this; withdraw to take it back")]
    ConsentRequired,
    /// Holds the version in force.
    #[error("the text in force is version {0}; show it and ask again")]
    ConsentOutdated(String),
    #[error("a wish list has at most {MOST_WISHES} products; remove one first")]
    WishListFull,
    #[error("no such notification")]
    NotificationNotFound,
    #[error("this notification asks for no acknowledgement")]
    AcknowledgementNotNeeded,
    #[error("another member registered this number")]
    RegistrationNumberTaken,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "member.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::MemberNotFound => Explanation::new(Code::NotFound, "MEMBER_NOT_FOUND"),
            Self::AddressNotFound => Explanation::new(Code::NotFound, "ADDRESS_NOT_FOUND"),
            Self::TooManyAddresses => Explanation::new(Code::FailedPrecondition, "TOO_MANY_ADDRESSES"),
            Self::RegistrationNumberInvalid(invalid) => {
                Explanation::new(Code::InvalidArgument, "REGISTRATION_NUMBER_INVALID")
                    .invalid(invalid.clone())
            }
            Self::RegistrationNumberTaken => {
                Explanation::new(Code::AlreadyExists, "REGISTRATION_NUMBER_TAKEN")
            }
            Self::BusinessUnregistered => Explanation::new(Code::FailedPrecondition, "BUSINESS_UNREGISTERED"),
            Self::BusinessClosed => Explanation::new(Code::FailedPrecondition, "BUSINESS_CLOSED"),
            Self::PointsNotEnough(short) => Explanation::new(Code::FailedPrecondition, "POINTS_NOT_ENOUGH")
                .with("available", short.available),
            Self::OrdersUnderWay => Explanation::new(Code::FailedPrecondition, "ORDERS_UNDER_WAY"),
            Self::ConsentRequired => Explanation::new(Code::FailedPrecondition, "CONSENT_REQUIRED"),
            Self::ConsentOutdated(version) => {
                Explanation::new(Code::FailedPrecondition, "CONSENT_OUTDATED").with("version", version)
            }
            Self::WishListFull => Explanation::new(Code::FailedPrecondition, "WISH_LIST_FULL"),
            Self::NotificationNotFound => Explanation::new(Code::NotFound, "NOTIFICATION_NOT_FOUND"),
            Self::AcknowledgementNotNeeded => {
                Explanation::new(Code::FailedPrecondition, "ACKNOWLEDGEMENT_NOT_NEEDED")
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

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}
