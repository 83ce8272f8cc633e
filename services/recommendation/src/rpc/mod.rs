mod experiments;
mod models;
mod recommendations;

use tonic::{Response, Status};

pub use experiments::Experiments;
pub use models::Models;
pub use recommendations::Recommendations;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
