mod trace;

use tonic::{Response, Status};

pub use trace::Traces;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
