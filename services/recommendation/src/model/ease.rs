//! EASE (H. Steck, *Embarrassingly Shallow Autoencoders for Sparse Data*, WWW 2019): the
//! linear model of items by items without a diagonal, in closed form. With
//! P = (XᵀX + λI)⁻¹ its weights are B = I - P diag(P)⁻¹.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use super::top::{self, Scored};
use super::{Matrix, Neighbours};

/// Weights of every item for every other.
#[derive(Debug)]
pub struct Ease {
    /// P, in its lower triangle.
    inverse: Mat<f32>,
}

/// Bytes training takes for so many items, beside the interactions.
pub fn memory(items: usize) -> u64 {
    2 * 4 * (items as u64).pow(2)
}

/// Trains on users by items and the same turned. None when λ is too small to tell items
/// apart.
pub fn train(of_users: &Matrix, of_items: &Matrix, lambda: f32) -> Option<Ease> {
    let items = of_items.rows();
    let mut gram = Mat::<f32>::zeros(items, items);
    for item in 0..items {
        let column = gram.col_as_slice_mut(item);
        for (user, value) in of_items.row(item) {
            let (others, theirs) = (of_users.indices(user as usize), of_users.values(user as usize));
            // Only the lower triangle is ever read.
            let from = others.partition_point(|other| (*other as usize) < item);
            for (&other, &their) in others[from..].iter().zip(&theirs[from..]) {
                column[other as usize] += value * their;
            }
        }
        column[item] += lambda;
    }
    let mut room = MemBuffer::new(cholesky_in_place_scratch::<f32>(
        items,
        Par::Seq,
        Default::default(),
    ));
    let stack = MemStack::new(&mut room);
    cholesky_in_place(
        gram.as_mut(),
        Default::default(),
        Par::Seq,
        stack,
        Default::default(),
    )
    .ok()?;
    let mut root = Mat::<f32>::zeros(items, items);
    invert_lower_triangular(root.as_mut(), gram.as_ref(), Par::Seq);
    let (root, lower) = (root.as_ref(), BlockStructure::TriangularLower);
    matmul(
        gram.as_mut(),
        lower,
        Accum::Replace,
        root.transpose(),
        BlockStructure::TriangularUpper,
        root,
        lower,
        1.0,
        Par::Seq,
    );
    Some(Ease { inverse: gram })
}

impl Ease {
    pub fn items(&self) -> usize {
        self.inverse.nrows()
    }

    /// What having taken `from` says for `to`.
    fn weight(&self, from: usize, to: usize) -> f32 {
        if from == to {
            return 0.0;
        }
        let (low, high) = (from.max(to), from.min(to));
        -self.inverse[(low, high)] / self.inverse[(to, to)]
    }

    /// What each item is worth to who had to do with these.
    pub fn scores(&self, history: impl Iterator<Item = (u32, f32)>) -> Vec<f32> {
        let mut scores = vec![0.0; self.items()];
        for (item, value) in history {
            for (to, score) in scores.iter_mut().enumerate() {
                *score += value * self.weight(item as usize, to);
            }
        }
        scores
    }

    /// Only the strongest weights of each item: small enough to be kept and sent about.
    pub fn strongest(&self, most: usize) -> Neighbours {
        let list = |from: usize| {
            let all = (0..self.items()).filter(|to| *to != from);
            let mut by_strength = top::sorted(
                all.map(|to| Scored {
                    item: to as u32,
                    score: self.weight(from, to).abs(),
                }),
                most,
            );
            for near in &mut by_strength {
                near.score = self.weight(from, near.item as usize);
            }
            by_strength
        };
        let lists: Vec<Vec<Scored>> = (0..self.items()).into_par_iter().map(list).collect();
        Neighbours::of(&lists)
    }
}

/// How many weights of each item are kept: a model has four million at most, so all of
/// 2,000 items, or 200 of each.
pub fn kept(items: usize) -> usize {
    (4_000_000 / items.max(1)).max(200)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Ease {
        // Items 0 and 1 go together, 2 stands alone.
        let of_users = Matrix::from_entries(
            4,
            3,
            &[
                (0, 0, 1.0),
                (0, 1, 1.0),
                (1, 0, 1.0),
                (1, 1, 1.0),
                (2, 2, 1.0),
                (3, 0, 1.0),
            ],
        );
        train(&of_users, &of_users.transposed(), 1.0).expect("it can be told apart")
    }

    /// (XᵀX + I) is [[4,2,0],[2,3,0],[0,0,2]]; its inverse is [[3,-2,0],[-2,4,0],[0,0,4]]/8.
    #[test]
    fn weights_are_those_of_the_closed_form() {
        let ease = small();
        assert!((ease.weight(0, 1) - 0.5).abs() < 1e-6);
        assert!((ease.weight(1, 0) - 2.0 / 3.0).abs() < 1e-6);
        assert!(ease.weight(0, 2).abs() < 1e-6);
        assert!(ease.weight(1, 1).abs() < f32::EPSILON);
    }

    #[test]
    fn the_strongest_weights_give_the_same_scores_when_all_are_kept() {
        let ease = small();
        let kept = ease.strongest(2);
        let history = [(1, 1.0), (2, 1.0)];
        let (all, some) = (ease.scores(history.into_iter()), kept.scores(history.into_iter()));
        for (one, other) in all.iter().zip(some) {
            assert!((one - other).abs() < 1e-6);
        }
        assert_eq!(ease.strongest(1).list(1).next().map(|near| near.item), Some(0));
        assert_eq!(kept.len(), 3);
    }

    #[test]
    fn no_items_are_a_model_of_nothing() {
        let none = Matrix::from_entries(0, 0, &[]);
        let ease = train(&none, &none, 1.0).expect("nothing to tell apart");
        assert!(ease.scores(std::iter::empty()).is_empty());
    }
}
