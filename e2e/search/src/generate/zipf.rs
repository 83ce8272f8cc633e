//! Picking by rank, the first ones most often.

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

/// Rank r has a share proportional to 1 / (r + flat)^exponent.
pub struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    pub fn new(count: usize, exponent: f64, flat: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=count)
            .map(|rank| {
                sum += (rank as f64 + flat).powf(-exponent);
                sum
            })
            .collect();
        Self { cumulative }
    }

    /// An index below the count.
    pub fn pick(&self, rng: &mut Xoshiro256PlusPlus) -> usize {
        let all = self.cumulative.last().copied().unwrap_or_default();
        let at = rng.random::<f64>() * all;
        let found = self.cumulative.partition_point(|sum| *sum < at);
        found.min(self.cumulative.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn the_first_ranks_come_most_often() {
        let (zipf, mut rng) = (Zipf::new(100, 1.0, 0.0), Xoshiro256PlusPlus::seed_from_u64(1));
        let mut counts = [0_u32; 100];
        for _ in 0..100_000 {
            counts[zipf.pick(&mut rng)] += 1;
        }
        // The harmonic number of 100 is 5.187: the first has 19.3 %, the tenth 1.93 %.
        assert!((18_500..20_100).contains(&counts[0]), "{}", counts[0]);
        assert!((1_700..2_150).contains(&counts[9]), "{}", counts[9]);
    }
}
