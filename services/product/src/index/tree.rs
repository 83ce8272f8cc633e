//! The category tree, for the paths of products.

use std::collections::HashMap;

use uuid::Uuid;

use crate::category::Category;
use crate::store;

/// Categories by id. They are only ever added, so an unknown one is a reason to
/// read them again.
#[derive(Debug, Default)]
pub struct Tree(HashMap<Uuid, Category>);

impl Tree {
    /// As the command side has it.
    pub async fn read(pool: &sqlx::PgPool) -> Result<Self, sqlx::Error> {
        let categories = store::categories::list(pool).await?;
        let by_id = categories
            .into_iter()
            .map(|category| (category.category_id.uuid(), category));
        Ok(Self(by_id.collect()))
    }

    /// Whether it knows a category.
    pub fn knows(&self, id: Uuid) -> bool {
        self.0.contains_key(&id)
    }

    /// A category and those above it, the top first.
    pub fn path(&self, id: Uuid) -> Vec<&Category> {
        let mut path = Vec::new();
        let mut next = self.0.get(&id);
        while let Some(category) = next {
            path.push(category);
            next = category.parent_id.and_then(|parent| self.0.get(&parent.uuid()));
        }
        path.reverse();
        path
    }
}
