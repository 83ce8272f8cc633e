mod advice;
mod ingredients;
mod sentiment;

use tonic::{Response, Status};

pub use advice::Advice;
pub use ingredients::Ingredients;
pub use sentiment::Sentiments;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
