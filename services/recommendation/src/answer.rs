use std::collections::HashSet;

use time::Date;
use uuid::Uuid;

use crate::catalogue::{Card, Catalogue};
use crate::experiment::Strategy;
use crate::interaction::Past;
use crate::live::Snapshot;
use crate::model::trained::{Candidate, Scorer, Trained};
use crate::reason;
use crate::rerank::{Wanted, rerank};

/// What found a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Finder {
    Ease,
    Als,
    ItemItem,
    Category,
    Popular,
}

/// Why it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Others took it together with this product.
    Together(Uuid, String),
    LikeMembers,
    /// Popular of its kind, with a name or without.
    OfKind(Option<String>),
    Popular,
}

impl Reason {
    pub fn text(&self) -> String {
        match self {
            Self::Together(_, name) => reason::together(name),
            Self::LikeMembers => reason::LIKE_MEMBERS.into(),
            Self::OfKind(category) => reason::of_kind(category.as_deref()),
            Self::Popular => reason::POPULAR.into(),
        }
    }
}

/// A product that is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub product: Uuid,
    pub name: String,
    pub finder: Finder,
    pub reason: Reason,
    pub confidence: f32,
}

/// Candidates looked at.
const CANDIDATES: usize = 200;

/// What an answer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    pub snapshot: &'a Snapshot,
    pub wanted: &'a Wanted,
    pub today: Date,
}

impl Desk<'_> {
    /// Offers for somebody with this past: by the strategy first, then what is popular of
    /// the kinds of food they know, then what is popular.
    pub fn recommend(self, strategy: Strategy, past: &[Past]) -> Vec<Offer> {
        let mut known: HashSet<Uuid> = past.iter().map(|past| past.product).collect();
        let liked = past
            .iter()
            .filter_map(|past| Some((past.product, past.interaction.value()?)));
        let history: Vec<(Uuid, f32)> = liked.collect();
        let mut offers = match &self.snapshot.model {
            Some((_, model)) if strategy != Strategy::Popular => {
                self.by_model(model, strategy, &history, &known)
            }
            _ => Vec::new(),
        };
        if strategy != Strategy::Popular {
            let kinds = history
                .iter()
                .filter_map(|(product, _)| self.catalogue().card(*product)?.category);
            let kinds: HashSet<Uuid> = kinds.collect();
            self.fill_with_kin(&mut offers, &mut known, &kinds);
        }
        self.fill_with_popular(&mut offers, &mut known);
        offers
    }

    /// What goes with a product.
    pub fn similar(self, product: Uuid, card: &Card) -> Vec<Offer> {
        let mut known = HashSet::from([product]);
        let mut offers = match &self.snapshot.model {
            Some((_, model)) => self.by_model(model, Strategy::ItemItem, &[(product, 1.0)], &known),
            None => Vec::new(),
        };
        self.fill_with_kin(&mut offers, &mut known, &card.category.into_iter().collect());
        self.fill_with_popular(&mut offers, &mut known);
        offers
    }

    fn catalogue(&self) -> &Catalogue {
        &self.snapshot.catalogue
    }

    fn by_model(
        self,
        model: &Trained,
        strategy: Strategy,
        history: &[(Uuid, f32)],
        known: &HashSet<Uuid>,
    ) -> Vec<Offer> {
        let most = CANDIDATES + known.len();
        let (mut found, finder) = match (strategy, &model.scorer) {
            (Strategy::ItemItem, _) => (model.alike(history, most), Finder::ItemItem),
            (_, Scorer::Ease(_)) => (model.recommend(history, most), Finder::Ease),
            (_, Scorer::Als(_)) => (model.recommend(history, most), Finder::Als),
        };
        found.retain(|one| !known.contains(&one.product));
        let chosen = rerank(found, self.wanted, self.catalogue(), self.today);
        let offer = |one: Candidate| {
            let because = model.because_of(history, one.product);
            let because = because.and_then(|id| Some((id, self.catalogue().card(id)?.name.clone())));
            let reason = because.map_or(Reason::LikeMembers, |(id, name)| Reason::Together(id, name));
            self.offer(one, finder, reason)
        };
        chosen.into_iter().map(offer).collect()
    }

    fn offer(&self, one: Candidate, finder: Finder, reason: Reason) -> Offer {
        Offer {
            product: one.product,
            name: self
                .catalogue()
                .card(one.product)
                .map_or_else(String::new, |card| card.name.clone()),
            finder,
            reason,
            confidence: one.confidence,
        }
    }

    /// The most popular of what may be offered and is not known, of those `some` tells.
    fn popular(&self, known: &HashSet<Uuid>, most: usize, some: impl Fn(&Card) -> bool) -> Vec<Candidate> {
        let catalogue = self.catalogue();
        let allowed = catalogue.popular().filter(|(id, card)| {
            !known.contains(id) && some(card) && self.wanted.allows(card, catalogue, self.today)
        });
        let candidate = |(place, (product, card)): (usize, (Uuid, &Card))| Candidate {
            product,
            // Above zero, and falling with the place.
            score: 1.0 / (place + 10) as f32,
            confidence: catalogue.share(card),
        };
        let candidates = allowed.take(CANDIDATES).enumerate().map(candidate).collect();
        let wanted = Wanted {
            most,
            ..self.wanted.clone()
        };
        rerank(candidates, &wanted, catalogue, self.today)
    }

    /// Fills up with what is popular of these categories, then of the branches above them.
    fn fill_with_kin(self, offers: &mut Vec<Offer>, known: &mut HashSet<Uuid>, kinds: &HashSet<Uuid>) {
        let tree = self.catalogue().tree();
        for steps in 0..=2 {
            let left = self.wanted.most.saturating_sub(offers.len());
            if left == 0 || kinds.is_empty() {
                return;
            }
            known.extend(offers.iter().map(|offer| offer.product));
            let kin = tree.kin(kinds, steps);
            let near = |card: &Card| card.category.is_some_and(|own| kin.contains(&own));
            for one in self.popular(known, left, near) {
                let kind = self.catalogue().card(one.product).and_then(|card| card.category);
                let kind = kind.and_then(|category| tree.name(category)).map(str::to_owned);
                offers.push(self.offer(one, Finder::Category, Reason::OfKind(kind)));
            }
        }
    }

    fn fill_with_popular(self, offers: &mut Vec<Offer>, known: &mut HashSet<Uuid>) {
        let left = self.wanted.most.saturating_sub(offers.len());
        if left > 0 {
            known.extend(offers.iter().map(|offer| offer.product));
            let popular = self.popular(known, left, |_| true).into_iter();
            offers.extend(popular.map(|one| self.offer(one, Finder::Popular, Reason::Popular)));
        }
    }
}

/// What found most of the offers, the better one among equals.
pub fn main_finder(offers: &[Offer]) -> Finder {
    let mut finders: Vec<Finder> = offers.iter().map(|offer| offer.finder).collect();
    finders.sort_unstable();
    let runs = finders.chunk_by(|a, b| a == b);
    let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
    longest
        .and_then(|run| run.first().copied())
        .unwrap_or(Finder::Popular)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use time::macros::date;

    use super::*;
    use crate::interaction::Interaction;
    use crate::model::Tree;

    fn desk_of(snapshot: &Snapshot, wanted: &Wanted, past: &[Past]) -> Vec<Offer> {
        let desk = Desk {
            snapshot,
            wanted,
            today: date!(2026 - 05 - 01),
        };
        desk.recommend(Strategy::Model, past)
    }

    fn shop(products: &[(Uuid, Uuid, i64)]) -> Snapshot {
        let card = |(id, category, buyers): &(Uuid, Uuid, i64)| {
            let card = Card {
                category: Some(*category),
                published: true,
                in_stock: true,
                buyers: *buyers,
                ..Card::default()
            };
            (*id, card)
        };
        let cards: HashMap<Uuid, Card> = products.iter().map(card).collect();
        let catalogue = Arc::new(Catalogue::new(cards, Tree::default(), 20));
        Snapshot {
            catalogue,
            ..Snapshot::default()
        }
    }

    #[test]
    fn without_a_model_the_kinds_somebody_knows_come_first() {
        let [roots, fish] = [Uuid::now_v7(), Uuid::now_v7()];
        let [potato, carrot, cod] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
        let shop = shop(&[(potato, roots, 1), (carrot, roots, 2), (cod, fish, 9)]);
        let wanted = Wanted {
            most: 10,
            ..Wanted::default()
        };
        let looked = Past {
            product: potato,
            interaction: Interaction {
                views: 1,
                ..Interaction::default()
            },
        };
        let offers = desk_of(&shop, &wanted, &[looked]);
        let found: Vec<(Uuid, Finder)> = offers.iter().map(|offer| (offer.product, offer.finder)).collect();
        assert_eq!(found, [(carrot, Finder::Category), (cod, Finder::Popular)]);
        let nobody = desk_of(&shop, &wanted, &[]);
        assert_eq!(nobody.first().map(|offer| offer.product), Some(cod));
        assert_eq!(main_finder(&nobody), Finder::Popular);
    }

    #[test]
    fn an_empty_shop_offers_nothing() {
        let offers = desk_of(
            &Snapshot::default(),
            &Wanted {
                most: 10,
                ..Wanted::default()
            },
            &[],
        );
        assert!(offers.is_empty());
        assert_eq!(main_finder(&offers), Finder::Popular);
    }
}
