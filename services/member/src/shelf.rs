//! Products a member keeps in mind.

use time::OffsetDateTime;
use uuid::Uuid;

/// Most products on a wish list.
pub const MOST_WISHES: i64 = 500;
/// Most products remembered as looked at.
pub const MOST_VIEWED: i64 = 50;

/// A product and when it was put there, or looked at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelved {
    pub product_id: Uuid,
    pub time: OffsetDateTime,
}
