use serde::{Deserialize, Serialize};

use super::Matrix;
use super::top::{self, Scored};

/// For each item the items it speaks for, and how strongly.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Neighbours {
    starts: Vec<u32>,
    items: Vec<u32>,
    weights: Vec<f32>,
}

impl Neighbours {
    /// Adds the list of the next item.
    fn push(&mut self, list: &[Scored]) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.items.extend(list.iter().map(|near| near.item));
        self.weights.extend(list.iter().map(|near| near.score));
        self.starts.push(self.items.len() as u32);
    }

    /// One list for each item, in their order.
    pub fn of(lists: &[Vec<Scored>]) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.push(list);
        }
        all
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list of an item; none for one that is not there.
    pub fn list(&self, item: u32) -> impl Iterator<Item = Scored> {
        let at = item as usize;
        let range = if at < self.len() {
            self.starts[at] as usize..self.starts[at + 1] as usize
        } else {
            0..0
        };
        let weights = self.weights[range.clone()].iter();
        let pairs = self.items[range].iter().zip(weights);
        pairs.map(|(&item, &score)| Scored { item, score })
    }

    /// The same pairs, listed under the other item of each.
    pub fn turned(&self) -> Self {
        let mut lists = vec![Vec::new(); self.len()];
        for item in 0..self.len() as u32 {
            for Scored { item: other, score } in self.list(item) {
                lists[other as usize].push(Scored { item, score });
            }
        }
        Self::of(&lists)
    }

    /// What each item is worth to who had to do with these.
    pub fn scores(&self, history: impl Iterator<Item = (u32, f32)>) -> Vec<f32> {
        let mut scores = vec![0.0; self.len()];
        for (item, value) in history {
            for near in self.list(item) {
                scores[near.item as usize] += value * near.score;
            }
        }
        scores
    }

    /// What may be read safely: the places agree with each other.
    pub fn is_sound(&self) -> bool {
        let (len, total) = (self.len() as u32, self.items.len());
        self.weights.len() == total
            && self.starts.first().is_none_or(|first| *first == 0)
            && self.starts.last().is_none_or(|last| *last as usize == total)
            && self.starts.is_sorted()
            && self.items.iter().all(|item| *item < len)
    }
}

/// Cosine of items by who had to do with them, the `most` nearest of each.
pub fn cosine(of_items: &Matrix, of_users: &Matrix, most: usize) -> Neighbours {
    use rayon::prelude::*;

    let items = of_items.rows();
    let norm = |item: usize| {
        let squares = of_items.values(item).iter().map(|value| value * value);
        squares.sum::<f32>().sqrt()
    };
    let norms: Vec<f32> = (0..items).map(norm).collect();
    let near = |scratch: &mut (Vec<f32>, Vec<u32>), item: usize| {
        let (sums, seen) = scratch;
        for (user, value) in of_items.row(item) {
            for (other, theirs) in of_users.row(user as usize) {
                let sum = &mut sums[other as usize];
                if *sum == 0.0 {
                    seen.push(other);
                }
                *sum += value * theirs;
            }
        }
        let scored = seen.drain(..).filter_map(|other| {
            let sum = std::mem::take(&mut sums[other as usize]);
            let score = sum / (norms[item] * norms[other as usize]);
            (other as usize != item && score.is_finite() && score > 0.0)
                .then_some(Scored { item: other, score })
        });
        top::sorted(scored, most)
    };
    let lists: Vec<Vec<Scored>> = (0..items)
        .into_par_iter()
        .map_init(|| (vec![0.0; items], Vec::new()), near)
        .collect();
    Neighbours::of(&lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_same_people_took_is_near() {
        let of_users = Matrix::from_entries(
            3,
            3,
            &[
                (0, 0, 1.0),
                (0, 1, 1.0),
                (1, 0, 1.0),
                (1, 1, 1.0),
                (2, 0, 1.0),
                (2, 2, 1.0),
            ],
        );
        let near = cosine(&of_users.transposed(), &of_users, 5);
        let of_first: Vec<Scored> = near.list(0).collect();
        assert_eq!(of_first.iter().map(|near| near.item).collect::<Vec<_>>(), [1, 2]);
        assert!((of_first[0].score - 2.0 / 6.0_f32.sqrt()).abs() < 1e-6);
        assert!(near.is_sound());
        assert_eq!(near.list(9).count(), 0);
    }

    #[test]
    fn what_nobody_took_has_no_neighbours() {
        let of_users = Matrix::from_entries(1, 2, &[(0, 0, 1.0)]);
        let near = cosine(&of_users.transposed(), &of_users, 5);
        assert_eq!(
            (near.len(), near.list(0).count(), near.list(1).count()),
            (2, 0, 0)
        );
    }
}
