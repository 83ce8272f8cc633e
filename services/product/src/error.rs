use tonic::Status;
use uuid::Uuid;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::ladder::QuantityNotAllowed;
use crate::lot::UseByDateInvalid;
use crate::product::Archived;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another category has this slug")]
    CategorySlugTaken,
    #[error("no such category")]
    CategoryNotFound,
    #[error("another product of the seller has this SKU")]
    SkuTaken,
    #[error("no such product")]
    ProductNotFound(Uuid),
    #[error("the product has changed since; it is at version {0} now")]
    ProductChanged(i64),
    #[error("the product is archived")]
    ProductArchived,
    #[error(transparent)]
    UseByDateInvalid(#[from] UseByDateInvalid),
    #[error("the product is not sold")]
    ProductNotSold(Uuid),
    #[error("the quantity is not allowed: {1}")]
    QuantityNotAllowed(Uuid, QuantityNotAllowed),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "product.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::CategorySlugTaken => Explanation::new(Code::AlreadyExists, "CATEGORY_SLUG_TAKEN"),
            Self::CategoryNotFound => Explanation::new(Code::NotFound, "CATEGORY_NOT_FOUND"),
            Self::SkuTaken => Explanation::new(Code::AlreadyExists, "SKU_TAKEN"),
            Self::ProductNotFound(id) => {
                Explanation::new(Code::NotFound, "PRODUCT_NOT_FOUND").with("product_id", id)
            }
            Self::ProductChanged(version) => {
                Explanation::new(Code::Aborted, "PRODUCT_CHANGED").with("version", version)
            }
            Self::ProductArchived => Explanation::new(Code::FailedPrecondition, "PRODUCT_ARCHIVED"),
            Self::UseByDateInvalid(invalid) => Explanation::new(Code::InvalidArgument, "USE_BY_DATE_INVALID")
                .invalid(Invalid::field("use_by_date", invalid.to_string())),
            Self::ProductNotSold(id) => {
                Explanation::new(Code::FailedPrecondition, "PRODUCT_NOT_SOLD").with("product_id", id)
            }
            Self::QuantityNotAllowed(id, allowed) => {
                Explanation::new(Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED")
                    .with("product_id", id)
                    .with("minimum", allowed.minimum)
                    .with("multiple", allowed.multiple)
                    .with("maximum", allowed.maximum)
            }
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<Archived> for Error {
    fn from(_: Archived) -> Self {
        Self::ProductArchived
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
