//! Weights from labelled reviews: gradient descent with steps that shrink where they
//! were large (AdaGrad), always in the same order, so the same data give the same
//! weights.

use super::features::features;
use super::model::{BUCKETS, Model, softmax};
use super::{Aspect, Sentiment};

const ROUNDS: usize = 40;
const STEP: f64 = 0.1;
/// How strongly weights are held near 0.
const HOLD: f64 = 2e-4;

/// A labelled review.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    pub text: &'a str,
    pub sentiment: Sentiment,
    pub aspects: Vec<(Aspect, Sentiment)>,
}

/// Samples of a file of `data/`.
///
/// # Panics
/// A line is none: the files stand in the crate and a test reads them.
pub fn samples(file: &str) -> Vec<Sample<'_>> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let sample = |line| read(line).unwrap_or_else(|| panic!("no sample: {line}"));
    lines.map(sample).collect()
}

fn read(line: &str) -> Option<Sample<'_>> {
    let mut columns = line.splitn(3, '\t');
    let (sentiment, aspects, text) = (columns.next()?, columns.next()?, columns.next()?);
    let aspects = aspects.split(',').filter(|aspect| !aspect.is_empty());
    let aspects = aspects.map(|aspect| {
        let (name, sign) = aspect.split_at(aspect.len() - 1);
        let sentiment = match sign {
            "+" => Sentiment::Positive,
            "-" => Sentiment::Negative,
            _ => Sentiment::Neutral,
        };
        Some((name.parse().ok()?, sentiment))
    });
    Some(Sample {
        text,
        sentiment: sentiment.parse().ok()?,
        aspects: aspects.collect::<Option<_>>()?,
    })
}

/// Learns weights.
pub fn train(samples: &[Sample<'_>]) -> Model {
    let inputs: Vec<_> = samples.iter().map(|sample| features(sample.text)).collect();
    let outputs = Sentiment::ALL.len() + Aspect::ALL.len();
    let mut weights = vec![vec![0.0; BUCKETS + 1]; outputs];
    let mut squares = vec![vec![1e-8; BUCKETS + 1]; outputs];
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut random = 20_261_123_u64;
    for _ in 0..ROUNDS {
        shuffle(&mut order, &mut random);
        for &at in &order {
            let (input, sample) = (&inputs[at], &samples[at]);
            let errors = errors(&weights, input, sample);
            for (output, error) in errors.into_iter().enumerate() {
                let (weights, squares) = (&mut weights[output], &mut squares[output]);
                let mut step = |bucket: usize, value: f64| {
                    let slope = error * value + HOLD * weights[bucket];
                    squares[bucket] += slope * slope;
                    weights[bucket] -= STEP * slope / f64::sqrt(squares[bucket]);
                };
                for &(bucket, value) in input {
                    step(bucket, value);
                }
                step(BUCKETS, 0.1);
            }
        }
    }
    Model::new(&weights)
}

/// How far each output is off.
fn errors(weights: &[Vec<f64>], input: &[(usize, f64)], sample: &Sample<'_>) -> Vec<f64> {
    let score = |output: usize| {
        let weights: &Vec<f64> = &weights[output];
        let sum: f64 = input.iter().map(|(bucket, value)| weights[*bucket] * value).sum();
        sum + weights[BUCKETS]
    };
    let sentiments = softmax([0, 1, 2].map(score));
    let target = |wanted: bool| if wanted { 1.0 } else { 0.0 };
    let of_sentiments = Sentiment::ALL.iter().zip(sentiments);
    let mut errors: Vec<f64> = of_sentiments
        .map(|(sentiment, probability)| probability - target(sample.sentiment == *sentiment))
        .collect();
    for (place, aspect) in Aspect::ALL.into_iter().enumerate() {
        let probability = 1.0 / (1.0 + (-score(Sentiment::ALL.len() + place)).exp());
        let spoken_of = sample.aspects.iter().any(|(spoken_of, _)| *spoken_of == aspect);
        errors.push(probability - target(spoken_of));
    }
    errors
}

/// Fisher and Yates, with the numbers of Knuth's MMIX.
fn shuffle(order: &mut [usize], random: &mut u64) {
    for last in (1..order.len()).rev() {
        *random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (*random >> 33) as usize % (last + 1));
    }
}
