use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use uuid::Uuid;
use xlcfi_types::Id;

use crate::catalogue::{Card, Catalogue};
use crate::experiment::Experiment;
use crate::model::trained::Trained;
use crate::registry::Model;

/// What answers are made from: kept in memory, so that they need the database for what a
/// member did only.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub catalogue: Arc<Catalogue>,
    pub model: Option<(Id<Model>, Arc<Trained>)>,
    pub experiment: Option<Experiment>,
}

/// The snapshot all calls of a process share.
#[derive(Debug, Clone, Default)]
pub struct Live(Arc<RwLock<Arc<Snapshot>>>);

impl Live {
    pub fn get(&self) -> Arc<Snapshot> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, snapshot: Snapshot) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

/// What a process knows of products, from which catalogues are made.
#[derive(Debug, Default)]
pub struct Known {
    pub revision: i64,
    pub cards: HashMap<Uuid, Card>,
}

impl Known {
    /// Takes in products that changed.
    pub fn take(&mut self, changed: Vec<(i64, Uuid, Card)>) {
        for (revision, id, mut card) in changed {
            card.buyers = self.cards.get(&id).map_or(0, |before| before.buyers);
            self.cards.insert(id, card);
            self.revision = self.revision.max(revision);
        }
    }

    /// Takes in how many members bought each product.
    pub fn count(&mut self, buyers: Vec<(Uuid, i64)>) {
        let buyers: HashMap<Uuid, i64> = buyers.into_iter().collect();
        for (id, card) in &mut self.cards {
            card.buyers = buyers.get(id).copied().unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_again_keeps_its_buyers() {
        let mut known = Known::default();
        let id = Uuid::now_v7();
        let card = Card {
            name: "감자".into(),
            ..Card::default()
        };
        known.take(vec![(3, id, card.clone())]);
        known.count(vec![(id, 7)]);
        known.take(vec![(3, id, card)]);
        assert_eq!((known.revision, known.cards[&id].buyers), (3, 7));
    }
}
