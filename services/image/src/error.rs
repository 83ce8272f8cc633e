use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::intake::MOST_BYTES;
use crate::workshop::{Flaw, Unmade};

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such image")]
    ImageNotFound,
    #[error("something shows the image; take it away there first")]
    ImageInUse,
    #[error(transparent)]
    Flaw(#[from] Flaw),
    #[error("the file has more than {MOST_BYTES} bytes")]
    FileTooLarge,
    #[error("who runs the platform took this picture away; it is not taken in again")]
    ImageWasBlocked,
    #[error("you have {0} images that nothing shows; delete some first")]
    TooManyImages(i64),
    #[error("too many uploads at a time; try again in a moment")]
    UploadsBusy,
    #[error("the URL is not signed by us; get the image again for a new one")]
    SignatureInvalid,
    #[error("the URL has expired; get the image again for a new one")]
    SignatureExpired,
    #[error("the store of images does not answer")]
    StoreUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

const AGAIN: Duration = Duration::from_secs(2);

impl Explain for Error {
    const DOMAIN: &'static str = "image.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::ImageNotFound => Explanation::new(Code::NotFound, "IMAGE_NOT_FOUND"),
            Self::ImageInUse => Explanation::new(Code::FailedPrecondition, "IMAGE_IN_USE"),
            Self::Flaw(flaw) => explain(flaw),
            Self::FileTooLarge => Explanation::new(Code::InvalidArgument, "IMAGE_TOO_LARGE"),
            Self::ImageWasBlocked => Explanation::new(Code::FailedPrecondition, "IMAGE_WAS_BLOCKED"),
            Self::TooManyImages(_) => Explanation::new(Code::FailedPrecondition, "TOO_MANY_IMAGES"),
            Self::UploadsBusy => Explanation::new(Code::ResourceExhausted, "UPLOADS_BUSY").retry_after(AGAIN),
            Self::SignatureInvalid => Explanation::new(Code::PermissionDenied, "SIGNATURE_INVALID"),
            Self::SignatureExpired => Explanation::new(Code::PermissionDenied, "SIGNATURE_EXPIRED"),
            Self::StoreUnavailable(cause) => {
                tracing::warn!(error = %cause, "the store of images does not answer");
                Explanation::new(Code::Unavailable, "IMAGE_STORE_UNAVAILABLE").retry_after(AGAIN)
            }
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

fn explain(flaw: &Flaw) -> Explanation {
    match flaw {
        Flaw::Unsupported(_) => Explanation::new(Code::InvalidArgument, "IMAGE_FORMAT_UNSUPPORTED"),
        Flaw::Unreadable(_) => Explanation::new(Code::InvalidArgument, "IMAGE_UNREADABLE"),
        Flaw::TooLarge { .. } => Explanation::new(Code::InvalidArgument, "IMAGE_TOO_LARGE"),
        Flaw::TooSmall { .. } => Explanation::new(Code::InvalidArgument, "IMAGE_TOO_SMALL"),
        Flaw::Blurred { sharpness, least } => Explanation::new(Code::FailedPrecondition, "IMAGE_BLURRED")
            .with("sharpness", sharpness)
            .with("least", least),
        Flaw::Dark { brightness, least } => Explanation::new(Code::FailedPrecondition, "IMAGE_DARK")
            .with("brightness", brightness)
            .with("least", least),
    }
}

impl From<Unmade> for Error {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::Flaw(flaw) => Self::Flaw(flaw),
            Unmade::Failed(cause) => Self::Fault(Fault::bug(cause)),
        }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::StoreUnavailable(error.into())
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
