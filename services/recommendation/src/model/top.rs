use std::cmp::Ordering;

/// An item and what it is worth to somebody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    pub item: u32,
    pub score: f32,
}

/// The best first; among equals the lower number, so that an answer is always the same.
fn order(a: &Scored, b: &Scored) -> Ordering {
    b.score.total_cmp(&a.score).then(a.item.cmp(&b.item))
}

/// The best of all items, best first, without those `known` (ascending) and those that
/// are worth no number.
pub fn best(scores: &[f32], known: &[u32], most: usize) -> Vec<Scored> {
    let all = scores.iter().zip(0..);
    let all = all.filter(|(score, item)| !score.is_nan() && known.binary_search(item).is_err());
    sorted(all.map(|(&score, item)| Scored { item, score }), most)
}

/// The best of some, best first.
pub fn sorted(all: impl Iterator<Item = Scored>, most: usize) -> Vec<Scored> {
    let mut all: Vec<Scored> = all.collect();
    if most == 0 {
        return Vec::new();
    }
    if all.len() > most {
        all.select_nth_unstable_by(most - 1, order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_without_what_is_known() {
        let best = best(&[0.1, 0.9, f32::NAN, 0.5, 0.9], &[1], 2);
        assert_eq!(best.iter().map(|best| best.item).collect::<Vec<_>>(), [4, 3]);
    }

    #[test]
    fn equals_stand_in_the_order_of_their_numbers() {
        let best = best(&[1.0; 5], &[], 3);
        assert_eq!(best.iter().map(|best| best.item).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn none_are_asked_for_or_none_are_there() {
        assert!(best(&[1.0], &[], 0).is_empty());
        assert!(best(&[], &[], 3).is_empty());
    }
}
