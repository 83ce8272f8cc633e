use std::collections::HashMap;

use time::Date;
use uuid::Uuid;

use crate::model::Tree;

/// A product as recommendations look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    pub category: Option<Uuid>,
    pub name: String,
    /// Allergens it contains, by their numbers in the contract.
    pub allergens: Vec<i32>,
    pub published: bool,
    pub in_stock: bool,
    pub use_by_date: Option<Date>,
    /// 0 for not ordered lately, n for 2^(n-1) times at least.
    pub popularity: i32,
    /// Members who bought it.
    pub buyers: i64,
}

impl Card {
    /// How popular it is: who bought it ever, and how often it is ordered lately.
    fn rank(&self) -> f32 {
        let lately = match self.popularity {
            1..=30 => (1_i64 << (self.popularity - 1)) as f32,
            ..=0 => 0.0,
            _ => f32::MAX,
        };
        self.buyers as f32 + lately
    }
}

/// All products, kept in memory: answers from it need no database.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    cards: HashMap<Uuid, Card>,
    tree: Tree,
    all_buyers: i64,
    /// Products that are sold, the most popular first.
    popular: Vec<Uuid>,
}

/// Buyers that nobody knows of: a product few could have bought is not told as sure.
const UNKNOWN_BUYERS: i64 = 10;

impl Catalogue {
    pub fn new(cards: HashMap<Uuid, Card>, tree: Tree, all_buyers: i64) -> Self {
        let mut popular: Vec<(f32, Uuid)> = cards
            .iter()
            .filter(|(_, card)| card.published)
            .map(|(id, card)| (card.rank(), *id))
            .collect();
        popular.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Self {
            popular: popular.into_iter().map(|(_, id)| id).collect(),
            cards,
            tree,
            all_buyers,
        }
    }

    /// The same with products as they are now.
    pub fn with(&self, cards: HashMap<Uuid, Card>) -> Self {
        Self::new(cards, self.tree.clone(), self.all_buyers)
    }

    pub fn card(&self, product: Uuid) -> Option<&Card> {
        self.cards.get(&product)
    }

    pub fn cards(&self) -> &HashMap<Uuid, Card> {
        &self.cards
    }

    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Products that are sold, the most popular first.
    pub fn popular(&self) -> impl Iterator<Item = (Uuid, &Card)> {
        self.popular
            .iter()
            .filter_map(|id| Some((*id, self.cards.get(id)?)))
    }

    /// How probable it is that somebody buys it of whom nothing is known: the share of
    /// buyers who did.
    pub fn share(&self, card: &Card) -> f32 {
        card.buyers as f32 / (self.all_buyers + UNKNOWN_BUYERS) as f32
    }

    /// Whether a product is of a category or of one below it.
    pub fn is_of(&self, card: &Card, category: Uuid) -> bool {
        card.category
            .is_some_and(|own| self.tree.path(own).any(|branch| branch == category))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(buyers: i64, popularity: i32) -> Card {
        Card {
            published: true,
            buyers,
            popularity,
            ..Card::default()
        }
    }

    #[test]
    fn what_more_members_bought_comes_first_and_drafts_never() {
        let ids: [Uuid; 4] = std::array::from_fn(|_| Uuid::now_v7());
        let hidden = Card {
            published: false,
            ..card(100, 9)
        };
        let cards = ids
            .into_iter()
            .zip([card(5, 0), card(3, 3), card(1, 0), hidden])
            .collect();
        let catalogue = Catalogue::new(cards, Tree::default(), 10);
        let popular: Vec<Uuid> = catalogue.popular().map(|(id, _)| id).collect();
        assert_eq!(popular, [ids[1], ids[0], ids[2]]);
        assert!((catalogue.share(&card(5, 0)) - 0.25).abs() < 1e-6);
    }

    #[test]
    fn an_empty_catalogue_offers_nothing() {
        let none = Catalogue::default();
        assert_eq!(none.popular().count(), 0);
        assert!(none.share(&card(0, 0)).abs() < f32::EPSILON);
    }
}
