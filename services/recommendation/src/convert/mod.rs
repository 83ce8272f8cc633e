//! Between the contracts and the domain.

pub mod facts;
mod requests;
mod responses;

pub use requests::{acts, experiment, training, wanted};
pub use responses::{Served, experiment_of, model, outcomes, recommendations, trained};

pub use xlcfi_errors::fields::{id, optional_id, page, request_id, uuid};
