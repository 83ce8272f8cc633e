use std::collections::HashMap;
use uuid::Uuid;

/// The tree of food types: categories and the branches above them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    parents: HashMap<Uuid, Uuid>,
    names: HashMap<Uuid, String>,
}

/// Branches above a category that are looked at; no tree here is as deep.
const DEEPEST: usize = 10;

impl Tree {
    /// Of categories, their parents if any, and their names.
    pub fn of(categories: impl Iterator<Item = (Uuid, Option<Uuid>, String)>) -> Self {
        let mut tree = Self::default();
        for (category, parent, name) in categories {
            if let Some(parent) = parent {
                tree.parents.insert(category, parent);
            }
            tree.names.insert(category, name);
        }
        tree
    }

    pub fn name(&self, category: Uuid) -> Option<&str> {
        self.names.get(&category).map(String::as_str)
    }

    /// A category and the branches above it, nearest first.
    pub fn path(&self, category: Uuid) -> impl Iterator<Item = Uuid> {
        let above = |category: &Uuid| self.parents.get(category).copied();
        std::iter::successors(Some(category), above).take(DEEPEST)
    }

    /// How many steps up from one the branch lies that both stand under; none when they
    /// share none.
    pub fn distance(&self, category: Uuid, other: Uuid) -> Option<usize> {
        self.path(category)
            .position(|branch| self.path(other).any(|theirs| theirs == branch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kin_is_told_by_the_branch_both_stand_under() {
        let [top, roots, potato, carrot, fish] = std::array::from_fn(|_| Uuid::now_v7());
        let named = |id, parent| (id, parent, String::from("이름"));
        let tree = Tree::of(
            [
                named(top, None),
                named(roots, Some(top)),
                named(potato, Some(roots)),
                named(carrot, Some(roots)),
                named(fish, None),
            ]
            .into_iter(),
        );
        assert_eq!(tree.distance(potato, potato), Some(0));
        assert_eq!(tree.distance(potato, carrot), Some(1));
        assert_eq!(tree.distance(potato, top), Some(2));
        assert_eq!(tree.distance(potato, fish), None);
        assert_eq!(tree.name(fish), Some("이름"));
    }

    #[test]
    fn a_ring_of_categories_ends() {
        let [one, other, far] = std::array::from_fn(|_| Uuid::now_v7());
        let ring = [
            (one, Some(other), String::new()),
            (other, Some(one), String::new()),
        ];
        assert_eq!(Tree::of(ring.into_iter()).distance(one, far), None);
    }
}
