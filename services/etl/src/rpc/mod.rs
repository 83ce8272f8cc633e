//! The gRPC methods: who calls, what is meant, the flow, the answer.

mod etl;
mod reports;

use tonic::{Response, Status};

pub use etl::Etl;
pub use reports::Reports;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
