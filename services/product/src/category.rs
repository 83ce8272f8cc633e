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

/// The whole tree. Categories are only ever added and never move, so an unknown one
/// is a reason to read it again.
#[derive(Debug, Default)]
pub struct Tree(HashMap<Id<Category>, Category>);

impl Tree {
    pub fn new(categories: Vec<Category>) -> Self {
        let keyed = categories
            .into_iter()
            .map(|category| (category.category_id, category));
        Self(keyed.collect())
    }

    /// Whether it knows a category.
    pub fn knows(&self, id: Id<Category>) -> bool {
        self.0.contains_key(&id)
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

    /// A category and those above it, the top first.
    pub fn path(&self, id: Id<Category>) -> Vec<&Category> {
        let mut path: Vec<_> = self.lineage(id).collect();
        path.reverse();
        path
    }

    /// What products of a category say: its definitions and those of the branches
    /// above.
    pub fn definitions(&self, id: Id<Category>) -> Vec<Definition> {
        self.lineage(id)
            .flat_map(|category| category.attributes.clone())
            .collect()
    }

    /// Keys that the branches above and below a category define.
    pub fn related_keys(&self, id: Id<Category>) -> impl Iterator<Item = &str> {
        let above = self.lineage(id).skip(1);
        let below = self.0.values().filter(move |category| {
            let mut lineage = self.lineage(category.category_id).skip(1);
            lineage.any(|above| above.category_id == id)
        });
        above.chain(below).flat_map(|category| {
            category
                .attributes
                .iter()
                .map(|definition| definition.key.as_str())
        })
    }

    /// A category and those above it, the top last.
    fn lineage(&self, id: Id<Category>) -> impl Iterator<Item = &Category> {
        std::iter::successors(self.0.get(&id), |below| self.0.get(&below.parent_id?))
    }
}
