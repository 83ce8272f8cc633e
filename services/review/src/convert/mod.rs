//! Between the contracts and the domain.

mod facts;
mod notices;
mod requests;
mod responses;

pub use facts::{
    appealed, changed, decided, held, lot_dropped, order_lot, published, purchase, rating_changed, reported,
    told_id, told_time, withdrawn,
};
pub use notices::{decided_notice, lot_dropped_notice, replied_notice};
pub use requests::{listing, new_review, queue, report_kind, said, words};
pub use responses::{Viewer, case, lot_rating, review, reviewable_line, summary};

use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{id, page};
use xlcfi_errors::fields::{optional_id, uuid};
use xlcfi_types::Id;

/// A `request_id`; `None` when the call is a new act each time.
pub fn request_id(text: &str) -> Result<Option<Uuid>, Invalid> {
    Ok(optional_id::<()>("request_id", text)?.map(Id::uuid))
}
