mod ingredients;

use tonic::{Response, Status};

pub use ingredients::Ingredients;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
