use std::collections::HashMap;

use time::Date;
use uuid::Uuid;

use crate::catalogue::{Card, Catalogue};
use crate::model::trained::Candidate;

/// What an answer may have.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub most: usize,
    /// Allergens by their numbers in the contract.
    pub avoid: Vec<i32>,
    pub minimum_remaining_days: i64,
    pub category: Option<Uuid>,
}

impl Wanted {
    /// Whether something may be offered at all.
    pub fn allows(&self, card: &Card, catalogue: &Catalogue, today: Date) -> bool {
        card.published
            && card.in_stock
            && !card
                .allergens
                .iter()
                .any(|allergen| self.avoid.contains(allergen))
            && remaining(card, today).is_none_or(|days| days >= self.minimum_remaining_days.max(0))
            && self
                .category
                .is_none_or(|category| catalogue.is_of(card, category))
    }
}

/// Days left until the use-by date.
fn remaining(card: &Card, today: Date) -> Option<i64> {
    Some((card.use_by_date? - today).whole_days())
}

/// What has fewer days left counts less.
const FRESH: i64 = 7;
/// What each product before it of the same category leaves of one's worth.
const SAME_AGAIN: f32 = 0.85;

/// How much of its worth something keeps whose use-by date is near.
fn freshness(card: &Card, today: Date) -> f32 {
    match remaining(card, today) {
        Some(days @ 0..FRESH) => 0.5 + 0.5 * days as f32 / FRESH as f32,
        _ => 1.0,
    }
}

/// Chooses what is shown, one after the other: each time what is worth most after what
/// its category has already and the days it has left. Scores are positive.
pub fn rerank(
    offered: Vec<Candidate>,
    wanted: &Wanted,
    catalogue: &Catalogue,
    today: Date,
) -> Vec<Candidate> {
    let worth = |one: &Candidate| {
        let card = catalogue.card(one.product)?;
        let allowed = wanted.allows(card, catalogue, today);
        allowed.then(|| (one.score.max(0.0) * freshness(card, today), card.category))
    };
    let mut left: Vec<(f32, Option<Uuid>, Candidate)> = offered
        .into_iter()
        .filter_map(|one| worth(&one).map(|(worth, category)| (worth, category, one)))
        .collect();
    let mut shown: HashMap<Option<Uuid>, i32> = HashMap::new();
    let mut chosen = Vec::new();
    while chosen.len() < wanted.most {
        let now = |(worth, category, _): &(f32, Option<Uuid>, Candidate)| {
            worth * SAME_AGAIN.powi(shown.get(category).copied().unwrap_or(0))
        };
        let best = left
            .iter()
            .enumerate()
            .reduce(|best, one| if now(one.1) > now(best.1) { one } else { best });
        let Some((at, _)) = best else {
            break;
        };
        let (_, category, one) = left.remove(at);
        *shown.entry(category).or_default() += 1;
        chosen.push(one);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::model::Tree;

    const TODAY: Date = date!(2026 - 05 - 01);

    fn card(category: Uuid) -> Card {
        Card {
            published: true,
            in_stock: true,
            category: Some(category),
            ..Card::default()
        }
    }

    fn shown(cards: &[(Uuid, Card)], wanted: &Wanted) -> Vec<usize> {
        let catalogue = Catalogue::new(cards.iter().cloned().collect(), Tree::default(), 0);
        let offered = cards.iter().zip(0..).map(|((product, _), at)| Candidate {
            product: *product,
            score: 1.0 - 0.01 * at as f32,
            confidence: 0.0,
        });
        let shown = rerank(offered.collect(), wanted, &catalogue, TODAY);
        let place = |one: &Candidate| cards.iter().position(|card| card.0 == one.product).unwrap_or(99);
        shown.iter().map(place).collect()
    }

    fn three(change: impl FnOnce(&mut Card)) -> Vec<(Uuid, Card)> {
        let mut cards: Vec<(Uuid, Card)> = (0..3).map(|_| (Uuid::now_v7(), card(Uuid::now_v7()))).collect();
        change(&mut cards[0].1);
        cards
    }

    fn all() -> Wanted {
        Wanted {
            most: 10,
            ..Wanted::default()
        }
    }

    #[test]
    fn what_cannot_be_bought_is_left_out() {
        assert_eq!(shown(&three(|_| {}), &all()), [0, 1, 2]);
        assert_eq!(shown(&three(|card| card.in_stock = false), &all()), [1, 2]);
        assert_eq!(shown(&three(|card| card.published = false), &all()), [1, 2]);
        assert_eq!(
            shown(
                &three(|card| card.use_by_date = Some(date!(2026 - 04 - 30))),
                &all()
            ),
            [1, 2]
        );
    }

    #[test]
    fn what_is_avoided_is_left_out() {
        let wanted = Wanted {
            avoid: vec![2, 6],
            ..all()
        };
        assert_eq!(shown(&three(|card| card.allergens = vec![1, 6]), &wanted), [1, 2]);
        assert_eq!(shown(&three(|card| card.allergens = vec![1]), &wanted), [0, 1, 2]);
    }

    #[test]
    fn what_has_few_days_left_comes_later_or_not_at_all() {
        let soon = |card: &mut Card| card.use_by_date = Some(date!(2026 - 05 - 03));
        assert_eq!(shown(&three(soon), &all()), [1, 2, 0]);
        let wanted = Wanted {
            minimum_remaining_days: 3,
            ..all()
        };
        assert_eq!(shown(&three(soon), &wanted), [1, 2]);
    }

    #[test]
    fn categories_take_turns() {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let cards: Vec<(Uuid, Card)> = [one, one, one, other]
            .into_iter()
            .map(|category| (Uuid::now_v7(), card(category)))
            .collect();
        assert_eq!(shown(&cards, &all()), [0, 3, 1, 2]);
        assert_eq!(shown(&cards, &Wanted { most: 2, ..all() }), [0, 3]);
        assert_eq!(
            shown(
                &cards,
                &Wanted {
                    category: Some(other),
                    ..all()
                }
            ),
            [3]
        );
    }
}
