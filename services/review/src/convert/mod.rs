//! Between the contracts and the domain.

mod facts;
mod notices;
mod requests;
mod responses;

pub use facts::{
    appealed, changed, decided, held, lot_dropped, order_lot, published, purchase, rating_changed, reported,
    withdrawn,
};
pub use notices::{decided_notice, lot_dropped_notice, replied_notice};
pub use requests::{listing, new_review, queue, report_kind, said, words};
pub use responses::{Viewer, case, lot_rating, review, reviewable_line, summary};

use xlcfi_contracts::convert::timestamp;
use xlcfi_errors::fields::uuid;
pub use xlcfi_errors::fields::{id, page, request_id};
