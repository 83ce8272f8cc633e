use std::time::Duration;

use tonic::Status;
use uuid::Uuid;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::genealogy::Impossible;

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

    #[error("no such lot of the caller; one that was just received is there in a moment")]
    LotNotFound(Option<Uuid>),
    #[error("a lot with this id is there; make a new one")]
    LotExists(Uuid),
    #[error("the event lies in the future; check the clock of what recorded it")]
    EventInFuture,
    #[error("this cannot have happened: {}", why(.0))]
    Impossible(Impossible),
    #[error("the `request_id` made another event; make a new one")]
    RequestIdReused,
    #[error("no such event of the caller")]
    EventNotFound,
    #[error("only what a seller recorded, and is right, is declared wrong")]
    EventNotDeclarable,
    #[error("later events use what this one made; declare them wrong first")]
    EventHasFollowers,
    #[error("nobody said how the lot is to be kept")]
    StorageNotTold,
    #[error("more lots are linked to it than can be told at once; go fewer steps")]
    TraceTooLarge,
    #[error("the file would have more than 4 MiB or 2,000 events; narrow it by time")]
    ExportTooLarge,

    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

const SOON: Duration = Duration::from_secs(2);

fn why(impossible: &Impossible) -> &'static str {
    match impossible {
        Impossible::BeforeLot(_) => "the lot began later",
        Impossible::Unit(..) => "the lot is counted in another unit",
        Impossible::Exceeded(..) => "there is not so much of the lot",
        Impossible::Grown(_) => "more comes out than went in; tell every input",
        Impossible::Cycle(_) => "the lot would come from what it became",
        Impossible::Kept(_) => "product counts the lot; split or dispose of it there",
    }
}

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
            Self::LotNotFound(lot_id) => {
                let unknown = Explanation::new(Code::NotFound, "LOT_NOT_FOUND");
                lot_id.map_or(unknown.clone(), |id| unknown.with("lot_id", id))
            }
            Self::LotExists(lot_id) => {
                Explanation::new(Code::AlreadyExists, "LOT_EXISTS").with("lot_id", lot_id)
            }
            Self::EventInFuture => Explanation::new(Code::InvalidArgument, "EVENT_IN_FUTURE"),
            Self::Impossible(impossible) => impossible_explained(impossible),
            Self::RequestIdReused => Explanation::new(Code::Aborted, "REQUEST_ID_REUSED"),
            Self::EventNotFound => Explanation::new(Code::NotFound, "EVENT_NOT_FOUND"),
            Self::EventNotDeclarable => Explanation::new(Code::FailedPrecondition, "EVENT_NOT_DECLARABLE"),
            Self::EventHasFollowers => Explanation::new(Code::FailedPrecondition, "EVENT_HAS_FOLLOWERS"),
            Self::StorageNotTold => Explanation::new(Code::FailedPrecondition, "STORAGE_NOT_TOLD"),
            Self::TraceTooLarge => Explanation::new(Code::FailedPrecondition, "TRACE_TOO_LARGE"),
            Self::ExportTooLarge => Explanation::new(Code::FailedPrecondition, "EXPORT_TOO_LARGE"),
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

fn impossible_explained(impossible: &Impossible) -> Explanation {
    match impossible {
        Impossible::BeforeLot(lot_id) => {
            Explanation::new(Code::FailedPrecondition, "EVENT_BEFORE_LOT").with("lot_id", lot_id)
        }
        Impossible::Unit(lot_id, unit) => Explanation::new(Code::FailedPrecondition, "UNIT_MISMATCH")
            .with("lot_id", lot_id)
            .with("unit", <&str>::from(*unit)),
        Impossible::Exceeded(lot_id, left) => Explanation::new(Code::FailedPrecondition, "QUANTITY_EXCEEDED")
            .with("lot_id", lot_id)
            .with("left", left),
        Impossible::Grown(left) => {
            Explanation::new(Code::FailedPrecondition, "QUANTITY_EXCEEDED").with("left", left)
        }
        Impossible::Cycle(lot_id) => {
            Explanation::new(Code::FailedPrecondition, "GENEALOGY_CYCLE").with("lot_id", lot_id)
        }
        Impossible::Kept(lot_id) => {
            Explanation::new(Code::FailedPrecondition, "LOT_KEPT_BY_PRODUCT").with("lot_id", lot_id)
        }
    }
}

impl From<Impossible> for Error {
    fn from(impossible: Impossible) -> Self {
        Self::Impossible(impossible)
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
