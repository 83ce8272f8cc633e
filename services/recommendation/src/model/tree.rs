use std::collections::{HashMap, HashSet};

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

    /// These categories and all that stand under the branches so many steps above them.
    pub fn kin(&self, kinds: &HashSet<Uuid>, steps: usize) -> HashSet<Uuid> {
        let branches = kinds
            .iter()
            .map(|kind| self.path(*kind).take(steps + 1).last().unwrap_or(*kind));
        let branches: HashSet<Uuid> = branches.collect();
        let under = |category: &Uuid| self.path(*category).any(|branch| branches.contains(&branch));
        self.names
            .keys()
            .copied()
            .filter(under)
            .chain(kinds.iter().copied())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kin_stand_under_the_same_branch() {
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
        let kin = |kind: Uuid, steps: usize| {
            let mut kin: Vec<Uuid> = tree.kin(&HashSet::from([kind]), steps).into_iter().collect();
            kin.sort_unstable();
            kin
        };
        assert_eq!(kin(potato, 0), [potato]);
        assert_eq!(kin(potato, 1), [roots, potato, carrot]);
        assert_eq!(kin(potato, 2), [top, roots, potato, carrot]);
        assert_eq!(kin(fish, 2), [fish]);
        let unknown = Uuid::now_v7();
        assert_eq!(kin(unknown, 2), [unknown]);
        assert_eq!(tree.name(fish), Some("이름"));
    }

    #[test]
    fn a_ring_of_categories_ends() {
        let [one, other, far] = std::array::from_fn(|_| Uuid::now_v7());
        let ring = [
            (one, Some(other), String::new()),
            (other, Some(one), String::new()),
        ];
        let kin = Tree::of(ring.into_iter()).kin(&HashSet::from([one, far]), 2);
        assert_eq!(kin, HashSet::from([one, other, far]));
    }
}
