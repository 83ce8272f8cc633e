mod moderation;
mod reviews;

use tonic::{Response, Status};

pub use moderation::Moderation;
pub use reviews::Reviews;

/// What a method answers.
type Answer<M> = Result<Response<M>, Status>;
