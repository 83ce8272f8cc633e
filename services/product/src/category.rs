use std::collections::HashMap;

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

/// The whole tree.
#[derive(Debug)]
pub struct Tree(HashMap<Id<Category>, Category>);

impl Tree {
    pub fn new(categories: Vec<Category>) -> Self {
        let keyed = categories
            .into_iter()
            .map(|category| (category.category_id, category));
        Self(keyed.collect())
    }

    /// The category of this slug.
    pub fn find(&self, slug: &str) -> Option<Id<Category>> {
        let mut categories = self.0.values();
        categories
            .find(|category| category.slug == slug)
            .map(|category| category.category_id)
    }

    /// Slug of a category; `""` when there is none such.
    pub fn slug(&self, id: Id<Category>) -> &str {
        self.0.get(&id).map_or("", |category| &category.slug)
    }

    /// What products of a category say: its definitions and those of the branches
    /// above.
    pub fn definitions(&self, id: Id<Category>) -> Vec<Definition> {
        let lineage = std::iter::successors(self.0.get(&id), |below| self.0.get(&below.parent_id?));
        lineage.flat_map(|category| category.attributes.clone()).collect()
    }
}
