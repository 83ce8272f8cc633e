use std::time::Duration;

use tonic::Status;
use uuid::Uuid;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_types::Id;
use xlcfi_types::trace_number::TraceInvalid;

use crate::import::{CsvInvalid, Import};
use crate::ingredients::Hidden;
use crate::ladder::QuantityNotAllowed;
use crate::lot::{Recalled, TooSmall, UseByDateInvalid};
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
    #[error("another variant of the product has this size, pack and grade")]
    VariantTaken,
    #[error("attributes do not fit the category")]
    AttributesInvalid(Vec<(String, String)>),
    #[error("the category requires attributes the product does not have yet: {}", .0.join(", "))]
    AttributesMissing(Vec<String>),
    #[error(transparent)]
    UseByDateInvalid(#[from] UseByDateInvalid),
    #[error("the product is not sold")]
    ProductNotSold(Uuid),
    #[error("the quantity is not allowed: {1}")]
    QuantityNotAllowed(Uuid, QuantityNotAllowed),
    #[error("nothing of the product is near its use-by date")]
    NotNearExpiry(Uuid),
    #[error("no such lot")]
    LotNotFound(Uuid),
    #[error("no such warehouse")]
    WarehouseNotFound,
    #[error("another warehouse of the seller has this name")]
    WarehouseNameTaken,
    #[error("another lot of the product has this number")]
    OwnLotTaken,
    #[error("the lot has {0} units on hand, and none is taken that is not there")]
    LotTooSmall(i64),
    #[error("the lot lies in that warehouse already")]
    LotThereAlready,
    #[error("the lot is recalled; it is released when the recall is lifted")]
    LotRecalled,
    #[error("the order has no such goods of this lot")]
    ReservationNotFound,
    #[error(
        "the other lot must be another of the same product, not held, with the days left that were promised"
    )]
    LotNotFit,
    #[error(transparent)]
    TraceNumberInvalid(#[from] TraceInvalid),
    #[error("a picture is not the seller's, was not uploaded for products, or is blocked")]
    ImageNotUsable(Uuid),
    #[error("the image service does not answer; ask again in a moment")]
    ImageUnavailable,
    #[error("the ingredients name allergens that the product does not declare: {}; declare them", .0.places())]
    AllergensHidden(Hidden),
    #[error(
        "the ingredients were not looked at yet, and the ai service does not answer; ask again in a moment"
    )]
    IngredientsNotChecked,
    #[error("no lot that is not recalled already matches")]
    RecallMatchesNothing,
    #[error("no such recall")]
    RecallNotFound,
    #[error("the search index is being made; ask again in a moment")]
    IndexNotReady,
    #[error(transparent)]
    CsvInvalid(#[from] CsvInvalid),
    #[error("another import of the seller runs; start this one when it is done")]
    ImportRunning(Id<Import>),
    #[error("no such import")]
    ImportNotFound,
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
            Self::VariantTaken => Explanation::new(Code::AlreadyExists, "VARIANT_TAKEN"),
            Self::AttributesInvalid(problems) => {
                let mut invalid = Invalid::default();
                for (key, problem) in problems {
                    invalid.add(format!("attributes[{key}]"), problem);
                }
                Explanation::new(Code::InvalidArgument, "ATTRIBUTES_INVALID").invalid(invalid)
            }
            Self::AttributesMissing(keys) => {
                Explanation::new(Code::FailedPrecondition, "ATTRIBUTES_MISSING").with("keys", keys.join(","))
            }
            Self::NotNearExpiry(id) => {
                Explanation::new(Code::FailedPrecondition, "NOT_NEAR_EXPIRY").with("product_id", id)
            }
            Self::LotNotFound(id) => Explanation::new(Code::NotFound, "LOT_NOT_FOUND").with("lot_id", id),
            Self::WarehouseNotFound => Explanation::new(Code::NotFound, "WAREHOUSE_NOT_FOUND"),
            Self::WarehouseNameTaken => Explanation::new(Code::AlreadyExists, "WAREHOUSE_NAME_TAKEN"),
            Self::OwnLotTaken => Explanation::new(Code::AlreadyExists, "OWN_LOT_TAKEN"),
            Self::LotTooSmall(on_hand) => {
                Explanation::new(Code::FailedPrecondition, "LOT_TOO_SMALL").with("on_hand", on_hand)
            }
            Self::LotThereAlready => Explanation::new(Code::FailedPrecondition, "LOT_THERE_ALREADY"),
            Self::LotRecalled => Explanation::new(Code::FailedPrecondition, "LOT_RECALLED"),
            Self::ReservationNotFound => Explanation::new(Code::NotFound, "RESERVATION_NOT_FOUND"),
            Self::LotNotFit => Explanation::new(Code::FailedPrecondition, "LOT_NOT_FIT"),
            Self::TraceNumberInvalid(why) => Explanation::new(Code::InvalidArgument, "TRACE_NUMBER_INVALID")
                .invalid(Invalid::field("trace_number", why.to_string())),
            Self::ImageNotUsable(id) => {
                Explanation::new(Code::FailedPrecondition, "IMAGE_NOT_USABLE").with("image_id", id)
            }
            Self::ImageUnavailable => {
                Explanation::new(Code::Unavailable, "IMAGE_UNAVAILABLE").retry_after(Duration::from_secs(2))
            }
            Self::AllergensHidden(hidden) => Explanation::new(Code::FailedPrecondition, "ALLERGENS_HIDDEN")
                .with("allergens", hidden.classes())
                .with("places", hidden.places()),
            Self::IngredientsNotChecked => Explanation::new(Code::Unavailable, "INGREDIENTS_NOT_CHECKED")
                .retry_after(Duration::from_secs(2)),
            Self::RecallMatchesNothing => {
                Explanation::new(Code::FailedPrecondition, "RECALL_MATCHES_NOTHING")
            }
            Self::RecallNotFound => Explanation::new(Code::NotFound, "RECALL_NOT_FOUND"),
            Self::IndexNotReady => {
                Explanation::new(Code::Unavailable, "INDEX_NOT_READY").retry_after(Duration::from_secs(2))
            }
            Self::CsvInvalid(why) => Explanation::new(Code::InvalidArgument, "CSV_INVALID")
                .invalid(Invalid::field("csv", why.to_string())),
            Self::ImportRunning(id) => {
                Explanation::new(Code::FailedPrecondition, "IMPORT_RUNNING").with("import_id", id)
            }
            Self::ImportNotFound => Explanation::new(Code::NotFound, "IMPORT_NOT_FOUND"),
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

impl From<Hidden> for Error {
    fn from(hidden: Hidden) -> Self {
        Self::AllergensHidden(hidden)
    }
}

impl From<TooSmall> for Error {
    fn from(TooSmall { on_hand }: TooSmall) -> Self {
        Self::LotTooSmall(on_hand)
    }
}

impl From<Recalled> for Error {
    fn from(_: Recalled) -> Self {
        Self::LotRecalled
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
