//! Pictures of reviews. The image service has them and keeps what is shown.

use uuid::Uuid;

/// What a review shows, for the image service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub review_id: Uuid,
    pub owner_id: Uuid,
    /// None when it shows nothing any more.
    pub image_ids: Vec<Uuid>,
}
