//! Between the contracts and the domain.

pub mod facts;
mod requests;
mod responses;

pub use requests::{acts, experiment, training, wanted};
pub use responses::{Served, experiment_of, model, outcomes, recommendations, trained};

use uuid::Uuid;
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{id, optional_id, page, uuid};
use xlcfi_types::Id;

/// A `request_id`; `None` when the call is a new act each time.
pub fn request_id(text: &str) -> Result<Option<Uuid>, Invalid> {
    Ok(optional_id::<()>("request_id", text)?.map(Id::uuid))
}
