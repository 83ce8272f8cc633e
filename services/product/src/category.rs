use xlcfi_types::Id;

use crate::attribute::Definition;

/// A branch of the category tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    pub category_id: Id<Category>,
    pub slug: String,
    /// The branch above; `None` at the top.
    pub parent_id: Option<Id<Category>>,
    pub name_ko: String,
    pub name_en: String,
    /// Place among its siblings.
    pub sort: i32,
    /// What products of it and of those below it say; its own only.
    pub attributes: Vec<Definition>,
}
