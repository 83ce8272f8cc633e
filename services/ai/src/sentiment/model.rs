//! Logistic regressions over features: one of the overall sentiment, and one of each
//! aspect whether a text speaks of it.

use std::sync::LazyLock;

use super::clauses::clauses;
use super::features::features;
use super::{Analysis, Aspect, Sentiment};

/// Features are hashed into so many buckets.
pub const BUCKETS: usize = 1 << 14;
/// Sentiments, then aspects.
const OUTPUTS: usize = Sentiment::ALL.len() + Aspect::ALL.len();
/// What a clause must be sure of to be a side of a mixed text.
const SURE: f64 = 0.7;
/// How probable an aspect must be.
const SPOKEN_OF: f64 = 0.25;

/// The weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// By output, then bucket; the last is the bias.
    weights: Vec<i8>,
    /// What a weight of 1 stands for.
    scale: f64,
}

static OWN: LazyLock<Model> = LazyLock::new(|| {
    Model::from_bytes(include_bytes!("../../data/sentiment.bin")).expect("`make sentiment` wrote this file")
});

impl Model {
    /// The one in the crate.
    pub fn own() -> &'static Self {
        &OWN
    }

    /// Rounds weights to bytes.
    pub fn new(weights: &[Vec<f64>]) -> Self {
        let largest = weights
            .iter()
            .flatten()
            .fold(1e-9_f64, |most, weight| most.max(weight.abs()));
        let scale = largest / 127.0;
        let rounded = weights
            .iter()
            .flatten()
            .map(|weight| (weight / scale).round() as i8);
        Self {
            weights: rounded.collect(),
            scale,
        }
    }

    /// As it stands in the file: the scale, then runs of zeros and other weights.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.scale.to_le_bytes().to_vec();
        let mut zeros = 0_u8;
        for &weight in &self.weights {
            if weight == 0 && zeros < u8::MAX {
                zeros += 1;
                continue;
            }
            bytes.extend([zeros, weight.cast_unsigned()]);
            zeros = 0;
        }
        bytes
    }

    /// `None` when the bytes are none of [`Model::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (scale, pairs) = bytes.split_first_chunk::<8>()?;
        let mut weights = Vec::with_capacity(OUTPUTS * (BUCKETS + 1));
        for pair in pairs.chunks_exact(2) {
            weights.extend(std::iter::repeat_n(0, pair[0].into()));
            weights.push(pair[1].cast_signed());
        }
        if weights.len() > OUTPUTS * (BUCKETS + 1) {
            return None;
        }
        weights.resize(OUTPUTS * (BUCKETS + 1), 0);
        Some(Self {
            weights,
            scale: f64::from_le_bytes(*scale),
        })
    }

    fn score(&self, output: usize, features: &[(usize, f64)]) -> f64 {
        let weights = &self.weights[output * (BUCKETS + 1)..(output + 1) * (BUCKETS + 1)];
        let sum = features
            .iter()
            .map(|(bucket, value)| f64::from(weights[*bucket]) * value)
            .sum::<f64>();
        (sum + f64::from(weights[BUCKETS])) * self.scale
    }

    fn sentiments(&self, features: &[(usize, f64)]) -> [f64; 3] {
        softmax([0, 1, 2].map(|output| self.score(output, features)))
    }

    fn speaks_of(&self, aspect: Aspect, features: &[(usize, f64)]) -> f64 {
        let output = Sentiment::ALL.len() + aspect as usize;
        1.0 / (1.0 + (-self.score(output, features)).exp())
    }

    /// What a text says.
    pub fn analyse(&self, text: &str) -> Analysis {
        let whole = features(text);
        let mut probabilities = self.sentiments(&whole);
        let parts: Vec<_> = clauses(text).into_iter().map(features).collect();
        let leanings: Vec<[f64; 3]> = parts.iter().map(|part| self.sentiments(part)).collect();
        let says = |which: usize| leanings.iter().any(|leaning| leaning[which] >= SURE);
        if parts.len() > 1 && says(0) && says(2) {
            // Good and bad at once: between the two.
            probabilities = softmax([0.0, 1.0, 0.0]);
        }
        let aspects = Aspect::ALL
            .into_iter()
            .filter(|aspect| self.speaks_of(*aspect, &whole) >= SPOKEN_OF);
        let aspects = aspects.map(|aspect| {
            let (place, _) = parts
                .iter()
                .map(|part| self.speaks_of(aspect, part))
                .enumerate()
                .fold((0, 0.0), |best, one| if one.1 > best.1 { one } else { best });
            let leaning = if parts.len() > 1 {
                &leanings[place]
            } else {
                &probabilities
            };
            (aspect, likeliest(leaning))
        });
        Analysis {
            sentiment: likeliest(&probabilities),
            aspects: aspects.collect(),
            probabilities,
        }
    }
}

fn likeliest(probabilities: &[f64; 3]) -> Sentiment {
    let [negative, neutral, positive] = *probabilities;
    if positive >= negative && positive >= neutral {
        Sentiment::Positive
    } else if negative >= neutral {
        Sentiment::Negative
    } else {
        Sentiment::Neutral
    }
}

pub(super) fn softmax(scores: [f64; 3]) -> [f64; 3] {
    let most = scores.into_iter().fold(f64::MIN, f64::max);
    let raised = scores.map(|score| (score - most).exp());
    let sum: f64 = raised.iter().sum();
    raised.map(|one| one / sum)
}
