//! Implicit ALS (Y. Hu, Y. Koren, C. Volinsky, *Collaborative Filtering for Implicit
//! Feedback Datasets*, ICDM 2008), solved by conjugate gradients (G. Takács, I. Pilászy,
//! D. Tikk, *Applications of the conjugate gradient method for implicit feedback
//! collaborative filtering*, RecSys 2011).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Matrix;
use super::measure::splitmix64;

/// How ALS is trained.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub factors: usize,
    pub regularization: f32,
    /// How much more an entry counts than its absence.
    pub alpha: f32,
    pub iterations: usize,
    pub seed: u64,
}

/// Steps of conjugate gradients in an iteration; the next goes on where it stopped.
const STEPS: usize = 3;
/// A squared residual that is as good as none.
const NOTHING: f32 = 1e-20;
/// Rows a thread takes at a time.
const SHARE: usize = 64;

/// Factors of items, by which users are judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Als {
    factors: usize,
    alpha: f32,
    items: Vec<f32>,
    /// YᵀY + λI.
    gram: Vec<f32>,
}

/// Trains on users by items and the same turned.
pub fn train(of_users: &Matrix, of_items: &Matrix, settings: &Settings) -> Als {
    let mut users = random(of_users.rows(), settings.factors, settings.seed);
    let mut items = random(of_items.rows(), settings.factors, settings.seed ^ u64::MAX);
    for _ in 0..settings.iterations {
        improve(&mut users, &items, of_users, settings);
        improve(&mut items, &users, of_items, settings);
    }
    Als::new(settings.factors, settings.regularization, settings.alpha, items)
}

impl Als {
    /// Of factors that were trained before.
    pub fn new(factors: usize, regularization: f32, alpha: f32, items: Vec<f32>) -> Self {
        Self {
            factors,
            alpha,
            gram: gram(&items, factors, regularization),
            items,
        }
    }

    /// Factors of all items, one item after the other.
    pub fn factors(&self) -> &[f32] {
        &self.items
    }

    /// What may be read safely: as many factors as so many items have.
    pub fn is_sound(&self, items: usize) -> bool {
        let whole = self.factors.checked_mul(items) == Some(self.items.len());
        self.factors > 0 && whole && self.gram.len() == self.factors * self.factors
    }

    /// Factors of somebody who had to do with these items, known to the model or not.
    pub fn fold_in(&self, history: impl Iterator<Item = (u32, f32)> + Clone) -> Vec<f32> {
        let mut user = vec![0.0; self.factors];
        if history.clone().next().is_some() {
            let confident = history.map(|(item, value)| (item, value * self.alpha));
            // As many steps as there are factors reach the end.
            Solver::new(self.factors, self.factors).solve(&mut user, &self.items, &self.gram, confident);
        }
        user
    }

    /// What each item is worth to somebody with these factors.
    pub fn scores(&self, user: &[f32]) -> Vec<f32> {
        let items = self.items.chunks_exact(self.factors);
        items.map(|item| dot(item, user)).collect()
    }
}

/// Small numbers that are the same for the same seed.
fn random(rows: usize, factors: usize, seed: u64) -> Vec<f32> {
    let unit = |at: usize| (splitmix64(seed.wrapping_add(at as u64)) >> 40) as f32 / (1u32 << 24) as f32;
    (0..rows * factors).map(|at| unit(at) * 0.01).collect()
}

/// Sum of the products of all rows with themselves, and λ on the diagonal.
fn gram(rows: &[f32], factors: usize, regularization: f32) -> Vec<f32> {
    let mut gram = vec![0.0; factors * factors];
    for row in rows.chunks_exact(factors) {
        for (line, factor) in gram.chunks_exact_mut(factors).zip(row) {
            add(line, *factor, row);
        }
    }
    for at in 0..factors {
        gram[at * factors + at] += regularization;
    }
    gram
}

/// One half of an iteration: each row anew, against the other side as it is.
fn improve(mine: &mut [f32], others: &[f32], entries: &Matrix, settings: &Settings) {
    let factors = settings.factors;
    let gram = gram(others, factors, settings.regularization);
    let shares = mine.par_chunks_mut(factors * SHARE).enumerate();
    shares.for_each(|(share, rows)| {
        let mut solver = Solver::new(factors, STEPS);
        for (at, row) in rows.chunks_exact_mut(factors).enumerate() {
            let entries = entries.row(share * SHARE + at);
            let confident = entries.map(|(other, value)| (other, value * settings.alpha));
            solver.solve(row, others, &gram, confident);
        }
    });
}

/// Room for conjugate gradients.
struct Solver {
    steps: usize,
    residual: Vec<f32>,
    direction: Vec<f32>,
    image: Vec<f32>,
}

impl Solver {
    fn new(factors: usize, steps: usize) -> Self {
        Self {
            steps,
            residual: vec![0.0; factors],
            direction: vec![0.0; factors],
            image: vec![0.0; factors],
        }
    }

    /// Brings `row` nearer to the solution of (YᵀCY + λI) x = Yᵀc.
    fn solve(
        &mut self,
        row: &mut [f32],
        others: &[f32],
        gram: &[f32],
        entries: impl Iterator<Item = (u32, f32)> + Clone,
    ) {
        let factors = row.len();
        let of = |other: u32| &others[other as usize * factors..(other as usize + 1) * factors];
        let Self {
            residual,
            direction,
            image,
            ..
        } = self;
        if entries.clone().next().is_none() {
            row.fill(0.0);
            return;
        }
        multiply(residual, gram, row);
        for value in residual.iter_mut() {
            *value = -*value;
        }
        for (other, confidence) in entries.clone() {
            let other = of(other);
            add(residual, confidence - (confidence - 1.0) * dot(other, row), other);
        }
        direction.copy_from_slice(residual);
        let mut left = dot(residual, residual);
        for _ in 0..self.steps {
            if left < NOTHING {
                return;
            }
            multiply(image, gram, direction);
            for (other, confidence) in entries.clone() {
                let other = of(other);
                add(image, (confidence - 1.0) * dot(other, direction), other);
            }
            let length = left / dot(direction, image);
            add(row, length, direction);
            add(residual, -length, image);
            let now = dot(residual, residual);
            let share = now / left;
            for (direction, residual) in direction.iter_mut().zip(residual.iter()) {
                *direction = residual + share * *direction;
            }
            left = now;
        }
    }
}

/// A symmetric matrix by a vector.
#[inline(always)]
fn multiply(into: &mut [f32], matrix: &[f32], vector: &[f32]) {
    into.fill(0.0);
    for (line, value) in matrix.chunks_exact(vector.len()).zip(vector) {
        add(into, *value, line);
    }
}

const LANES: usize = 8;

/// Scalar product, in as many sums as a processor adds at once.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_lanes.remainder().iter().zip(b_lanes.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in a_lanes.zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Adds so many times a vector.
#[inline(always)]
fn add(into: &mut [f32], times: f32, vector: &[f32]) {
    for (into, value) in into.iter_mut().zip(vector) {
        *into += times * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        factors: 2,
        regularization: 0.1,
        alpha: 10.0,
        iterations: 15,
        seed: 1,
    };

    /// Two groups of buyers, each with products of its own.
    fn groups() -> Matrix {
        let entry = |user: u32, item: u32| {
            ((user + item).is_multiple_of(2) && !(user + item).is_multiple_of(5)).then_some((user, item, 1.0))
        };
        let entries = (0..20).flat_map(|user| (0..10).filter_map(move |item| entry(user, item)));
        Matrix::from_entries(20, 10, &entries.collect::<Vec<_>>())
    }

    #[test]
    fn a_buyer_the_model_never_saw_is_judged_like_the_group() {
        let of_users = groups();
        let als = train(&of_users, &of_users.transposed(), &SETTINGS);
        let scores = als.scores(&als.fold_in([(0, 1.0), (2, 1.0)].into_iter()));
        let worst_of_group = [4, 6, 8]
            .map(|item: usize| scores[item])
            .into_iter()
            .fold(f32::MAX, f32::min);
        let best_of_others = [1, 3, 5, 7, 9]
            .map(|item: usize| scores[item])
            .into_iter()
            .fold(f32::MIN, f32::max);
        assert!(worst_of_group > best_of_others + 0.3, "{scores:?}");
    }

    #[test]
    fn fold_in_solves_its_equations() {
        let of_users = groups();
        let als = train(&of_users, &of_users.transposed(), &SETTINGS);
        let history = [(0_u32, 1.0_f32), (4, 1.0), (7, 0.5)];
        let user = als.fold_in(history.into_iter());
        let mut left = vec![0.0; 2];
        multiply(&mut left, &als.gram, &user);
        for (item, value) in history {
            let factors = &als.items[item as usize * 2..(item as usize + 1) * 2];
            let confidence = value * 10.0;
            add(
                &mut left,
                (confidence - 1.0) * dot(factors, &user) - confidence,
                factors,
            );
        }
        assert!(left.iter().all(|value| value.abs() < 1e-3), "{left:?}");
    }

    #[test]
    fn somebody_without_a_history_is_worth_nothing_to_anything() {
        let of_users = groups();
        let als = train(&of_users, &of_users.transposed(), &SETTINGS);
        let scores = als.scores(&als.fold_in(std::iter::empty()));
        assert!(scores.iter().all(|score| *score == 0.0));
    }

    #[test]
    fn the_same_seed_gives_the_same_model_whatever_the_threads() {
        let of_users = groups();
        let of_items = of_users.transposed();
        let alone = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .expect("one thread");
        let alone = alone.install(|| train(&of_users, &of_items, &SETTINGS));
        let together = train(&of_users, &of_items, &SETTINGS);
        assert_eq!(alone.factors(), together.factors());
    }

    #[test]
    fn sums_in_lanes_are_sums() {
        let a: Vec<f32> = (0..19).map(|n| n as f32).collect();
        assert!((dot(&a, &a) - 2109.0).abs() < 1e-3);
    }
}
