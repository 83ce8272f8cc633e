use serde::{Deserialize, Serialize};

/// Samples one step of a calibration rests on at least.
const LEAST: usize = 20;
/// Steps at most.
const STEPS: usize = 100;

/// What scores were worth: how often what had a score was taken. By isotonic regression
/// (pool adjacent violators), so that a better score is never told as less probable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Mean score and share taken of each step, both ascending.
    steps: Vec<(f32, f32)>,
}

/// A score and whether what had it was taken.
pub type Sample = (f32, bool);

impl Calibration {
    /// Learns from samples; without any, nothing is ever probable.
    pub fn learn(samples: &[Sample]) -> Self {
        let mut samples: Vec<Sample> = samples
            .iter()
            .copied()
            .filter(|sample| sample.0.is_finite())
            .collect();
        samples.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let size = (samples.len() / STEPS).max(LEAST);
        let mut pools: Vec<Pool> = Vec::new();
        for bin in samples.chunks(size) {
            pools.push(Pool::of(bin));
            while let [.., before, last] = pools.as_slice()
                && before.share() >= last.share()
            {
                let joined = before.with(last);
                pools.truncate(pools.len() - 2);
                pools.push(joined);
            }
        }
        let steps = pools
            .iter()
            .map(|pool| ((pool.scores / pool.count) as f32, pool.share() as f32));
        Self {
            steps: steps.collect(),
        }
    }

    /// How probable it is that something with this score is taken, 0 to 1.
    pub fn confidence(&self, score: f32) -> f32 {
        let above = self.steps.partition_point(|step| step.0 < score);
        match (
            above.checked_sub(1).and_then(|below| self.steps.get(below)),
            self.steps.get(above),
        ) {
            (Some(below), Some(above)) => {
                let way = (score - below.0) / (above.0 - below.0);
                below.1 + way * (above.1 - below.1)
            }
            (Some(only), None) | (None, Some(only)) => only.1,
            (None, None) => 0.0,
        }
    }

    /// By how much what is told misses what happened: the mean over ten equal parts of
    /// the samples, in order of what was told.
    pub fn error(&self, samples: &[Sample]) -> f64 {
        let mut told: Vec<(f32, bool)> = samples
            .iter()
            .map(|(score, taken)| (self.confidence(*score), *taken))
            .collect();
        told.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let missed = told.chunks(told.len().div_ceil(10).max(1)).map(|part| {
            let expected: f64 = part.iter().map(|told| f64::from(told.0)).sum();
            let happened = part.iter().filter(|told| told.1).count() as f64;
            (expected - happened).abs()
        });
        missed.sum::<f64>() / told.len().max(1) as f64
    }
}

/// Samples told as one step.
#[derive(Debug, Clone, Copy)]
struct Pool {
    scores: f64,
    taken: f64,
    count: f64,
}

impl Pool {
    fn of(samples: &[Sample]) -> Self {
        Self {
            scores: samples.iter().map(|sample| f64::from(sample.0)).sum(),
            taken: samples.iter().filter(|sample| sample.1).count() as f64,
            count: samples.len() as f64,
        }
    }

    fn with(self, other: &Self) -> Self {
        Self {
            scores: self.scores + other.scores,
            taken: self.taken + other.taken,
            count: self.count + other.count,
        }
    }

    fn share(self) -> f64 {
        self.taken / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::measure::splitmix64;

    /// Scores from 0 to 1 whose squares tell how often they are taken.
    fn samples(many: u64, seed: u64) -> Vec<Sample> {
        let unit = |at: u64| (splitmix64(at) >> 40) as f32 / (1u32 << 24) as f32;
        let sample = |at: u64| {
            let score = unit(seed + 2 * at);
            (score, unit(seed + 2 * at + 1) < score * score)
        };
        (0..many).map(sample).collect()
    }

    #[test]
    fn what_is_told_happens_as_often_among_others() {
        let calibration = Calibration::learn(&samples(20_000, 0));
        assert!(calibration.error(&samples(20_000, 1 << 40)) < 0.01);
        for score in [0.1_f32, 0.5, 0.9] {
            let told = calibration.confidence(score);
            assert!((told - score * score).abs() < 0.05, "{score}: {told}");
        }
    }

    #[test]
    fn a_constant_would_be_found_out() {
        let constant = Calibration {
            steps: vec![(0.0, 0.9)],
        };
        assert!(constant.error(&samples(5_000, 7)) > 0.3);
    }

    #[test]
    fn a_better_score_is_never_less_probable() {
        let calibration = Calibration::learn(&samples(500, 3));
        let told: Vec<f32> = (0..=100)
            .map(|score| calibration.confidence(score as f32 / 100.0))
            .collect();
        assert!(told.is_sorted());
        assert!(told.iter().all(|told| (0.0..=1.0).contains(told)));
    }

    #[test]
    fn without_samples_nothing_is_probable() {
        assert!(Calibration::learn(&[]).confidence(3.0).abs() < f32::EPSILON);
        assert!(Calibration::learn(&[(f32::NAN, true)]).confidence(3.0).abs() < f32::EPSILON);
    }
}
