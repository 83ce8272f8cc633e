use uuid::Uuid;

/// What the published reviews of a product say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    pub ratings: i64,
    /// Of the stars, 1 to 5.
    pub mean: f64,
    /// What the mean is at least, with 95 % confidence.
    pub wilson: f64,
}

/// What review tells of a product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rated {
    pub product_id: Uuid,
    /// `None` when no rating is left.
    pub rating: Option<Rating>,
}
