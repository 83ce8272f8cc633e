use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::als::Als;
use super::top::{Scored, best, sorted};
use super::{Calibration, Neighbours};

/// What a trained model judges by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Scorer {
    /// The strongest weights of EASE.
    Ease(Neighbours),
    Als(Als),
}

/// A model as it is kept and served: everything an answer needs but what the buyer did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trained {
    products: Vec<Uuid>,
    pub scorer: Scorer,
    /// The nearest products of each, by who took them.
    pub near: Neighbours,
    /// How often what the scorer ranked was taken.
    pub confidence: Calibration,
    /// How often what is near to something taken was taken, too.
    pub near_confidence: Calibration,
    #[serde(skip)]
    places: HashMap<Uuid, u32>,
}

/// Something a model offers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub product: Uuid,
    pub score: f32,
    /// How probable it is that it is taken.
    pub confidence: f32,
}

/// A file that is no model.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("it cannot be read: {0}")]
    Format(#[from] postcard::Error),
    #[error("its parts do not fit each other")]
    Unsound,
}

impl Trained {
    pub fn new(
        products: Vec<Uuid>,
        scorer: Scorer,
        near: Neighbours,
        confidence: Calibration,
        near_confidence: Calibration,
    ) -> Self {
        Self {
            places: places(&products),
            products,
            scorer,
            near,
            confidence,
            near_confidence,
        }
    }

    /// As it is kept.
    ///
    /// # Errors
    /// It does not fit into memory twice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// It is no model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut model: Self = postcard::from_bytes(bytes)?;
        let items = model.products.len();
        let scorer = match &model.scorer {
            Scorer::Ease(weights) => weights.len() == items && weights.is_sound(),
            Scorer::Als(als) => als.is_sound(items),
        };
        if !scorer || model.near.len() != items || !model.near.is_sound() {
            return Err(Unreadable::Unsound);
        }
        model.places = places(&model.products);
        Ok(model)
    }

    /// How many products it knows.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    pub fn knows(&self, product: Uuid) -> bool {
        self.places.contains_key(&product)
    }

    /// What of a history the model knows, in its own numbers, ascending.
    fn known(&self, history: &[(Uuid, f32)]) -> Vec<(u32, f32)> {
        let place = |(product, value): &(Uuid, f32)| Some((*self.places.get(product)?, *value));
        let mut known: Vec<(u32, f32)> = history.iter().filter_map(place).collect();
        known.sort_unstable_by_key(|known| known.0);
        known.dedup_by_key(|known| known.0);
        known
    }

    fn candidates(&self, ranked: Vec<Scored>, by: &Calibration) -> Vec<Candidate> {
        let candidate = |scored: Scored| Candidate {
            product: self.products[scored.item as usize],
            score: scored.score,
            confidence: by.confidence(scored.score),
        };
        ranked.into_iter().map(candidate).collect()
    }

    /// The best for somebody, best first, without what they had to do with already; none
    /// for somebody of whom the model knows nothing.
    pub fn recommend(&self, history: &[(Uuid, f32)], most: usize) -> Vec<Candidate> {
        let known = self.known(history);
        if known.is_empty() {
            return Vec::new();
        }
        let entries = known.iter().copied();
        let scores = match &self.scorer {
            Scorer::Ease(weights) => weights.scores(entries),
            Scorer::Als(als) => als.scores(&als.fold_in(entries)),
        };
        let places: Vec<u32> = known.iter().map(|known| known.0).collect();
        let mut ranked = best(&scores, &places, most);
        ranked.retain(|scored| scored.score > 0.0);
        self.candidates(ranked, &self.confidence)
    }

    /// What is near to what somebody had to do with, best first.
    pub fn alike(&self, history: &[(Uuid, f32)], most: usize) -> Vec<Candidate> {
        let known = self.known(history);
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for (item, _) in &known {
            for near in self.near.list(*item) {
                let score = scores.entry(near.item).or_default();
                *score = score.max(near.score);
            }
        }
        let new = scores
            .into_iter()
            .filter(|(item, _)| known.binary_search_by_key(item, |known| known.0).is_err());
        let ranked = sorted(new.map(|(item, score)| Scored { item, score }), most);
        self.candidates(ranked, &self.near_confidence)
    }

    /// Of a history the product that speaks most for another.
    pub fn because_of(&self, history: &[(Uuid, f32)], product: Uuid) -> Option<Uuid> {
        let place = *self.places.get(&product)?;
        let near = self.near.list(place);
        let known = self.known(history);
        let strongest = near
            .filter(|near| known.binary_search_by_key(&near.item, |known| known.0).is_ok())
            .max_by(|a, b| a.score.total_cmp(&b.score))?;
        Some(self.products[strongest.item as usize])
    }
}

fn places(products: &[Uuid]) -> HashMap<Uuid, u32> {
    products.iter().copied().zip(0..).collect()
}
