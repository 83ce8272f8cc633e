use xlcfi_types::Id;

/// A branch of the category tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub category_id: Id<Category>,
    pub slug: String,
    /// The branch above; `None` at the top.
    pub parent_id: Option<Id<Category>>,
    pub name_ko: String,
    pub name_en: String,
    /// Place among its siblings.
    pub sort: i32,
}
