//! What can go wrong.

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page token is none of this query.
    #[error("the page token is not one of this query")]
    PageToken,
    /// What is in the folder cannot be used: it was made by another version or is
    /// damaged. Remove the folder, then restore a snapshot or begin anew.
    #[error("the index cannot be used: {0}")]
    Unusable(String),
    /// Reading or writing the folder failed.
    #[error("the folder of the index: {0}")]
    Folder(#[from] std::io::Error),
    /// Tantivy failed.
    #[error("the index: {0}")]
    Tantivy(#[from] tantivy::TantivyError),
}
