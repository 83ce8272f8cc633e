use std::collections::HashMap;

use rayon::prelude::*;
use uuid::Uuid;

use super::measure::{ndcg, recall, splitmix64};
use super::top::{Scored, best};
use super::trained::{Scorer, Trained};
use super::{Calibration, Matrix, Sample, als, cosine, ease};

/// What a member had to do with a product.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub member: Uuid,
    pub product: Uuid,
    /// How much it says about what the member wants, up to 1.
    pub value: f32,
    /// It was bought: such pairs are what is to be foretold.
    pub bought: bool,
}

/// What may be trained, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Algorithm {
    Ease,
    Als,
}

/// How good a model is, by what was held back.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Metrics {
    pub recall: f64,
    pub ndcg: f64,
    /// NDCG of offering everybody what is most popular.
    pub popular_ndcg: f64,
    /// By how much a confidence misses what happened, in the mean.
    pub calibration_error: f64,
    /// Share of products that are among somebody's first ten.
    pub coverage: f64,
    pub members: u64,
    pub products: u64,
    pub entries: u64,
    pub held_out: u64,
}

/// Places of an answer that count.
const PLACES: usize = 10;
/// Places confidences are learnt from.
const RANKED: usize = 50;
/// One of so many purchases is held back, always the same ones: no model ever sees them,
/// so that every model can be judged by them.
const ONE_IN: u64 = 10;
/// Members judged at most.
const JUDGED: usize = 20_000;
/// Up to so many products several strengths of regularisation are tried.
const TRIED: usize = 2_000;
const NEIGHBOURS: usize = 50;

/// What happened, parted into what is learnt from and what is held back.
#[derive(Debug)]
pub struct Data {
    products: Vec<Uuid>,
    places: HashMap<Uuid, u32>,
    of_users: Matrix,
    of_items: Matrix,
    /// Members something is held back of, by row, and what it is.
    wanted: Vec<(usize, Vec<u32>)>,
    entries: u64,
    held_out: u64,
}

fn number(id: Uuid) -> u64 {
    let (high, low) = id.as_u64_pair();
    splitmix64(high) ^ low
}

/// Whether a purchase is held back from every training.
pub fn is_held_out(member: Uuid, product: Uuid) -> bool {
    splitmix64(splitmix64(number(member)) ^ number(product)).is_multiple_of(ONE_IN)
}

impl Data {
    pub fn of(entries: &[Entry]) -> Self {
        let mut members: HashMap<Uuid, u32> = HashMap::new();
        let mut places: HashMap<Uuid, u32> = HashMap::new();
        let mut products = Vec::new();
        let (mut learnt, mut held) = (Vec::new(), Vec::new());
        for entry in entries {
            let next = members.len() as u32;
            let member = *members.entry(entry.member).or_insert(next);
            let product = *places.entry(entry.product).or_insert_with(|| {
                products.push(entry.product);
                products.len() as u32 - 1
            });
            if entry.bought && is_held_out(entry.member, entry.product) {
                held.push((member, product, 1.0));
            } else {
                learnt.push((member, product, entry.value));
            }
        }
        let of_users = Matrix::from_entries(members.len(), products.len(), &learnt);
        let held = Matrix::from_entries(members.len(), products.len(), &held);
        // Of whom nothing is known, nothing can be foretold.
        let judged = (0..members.len())
            .filter(|row| !held.indices(*row).is_empty() && !of_users.indices(*row).is_empty());
        Self {
            wanted: judged
                .map(|row| (row, held.indices(row).to_vec()))
                .take(JUDGED)
                .collect(),
            of_items: of_users.transposed(),
            of_users,
            places,
            products,
            entries: entries.len() as u64,
            held_out: held.len() as u64,
        }
    }

    pub fn products(&self) -> usize {
        self.products.len()
    }

    fn history(&self, row: usize) -> Vec<(Uuid, f32)> {
        let product = |(item, value): (u32, f32)| (self.products[item as usize], value);
        self.of_users.row(row).map(product).collect()
    }

    /// What a model offers to everybody something is held back of.
    fn ranked(&self, model: &Trained) -> Vec<Vec<Scored>> {
        let rank = |(row, _): &(usize, Vec<u32>)| {
            let offered = model.recommend(&self.history(*row), RANKED).into_iter();
            let place = |product| Some(*self.places.get(&product)?);
            offered
                .filter_map(|one| {
                    Some(Scored {
                        item: place(one.product)?,
                        score: one.score,
                    })
                })
                .collect()
        };
        self.wanted.par_iter().map(rank).collect()
    }

    fn mean(&self, each: impl Iterator<Item = f64>) -> f64 {
        each.sum::<f64>() / self.wanted.len().max(1) as f64
    }

    /// NDCG of a model, trained at any time: what is held back was held back from it, too.
    pub fn ndcg(&self, model: &Trained) -> f64 {
        self.mean_ndcg(&self.ranked(model))
    }

    fn mean_ndcg(&self, ranked: &[Vec<Scored>]) -> f64 {
        let pairs = ranked.iter().zip(&self.wanted);
        self.mean(pairs.map(|(ranked, (_, wanted))| ndcg(ranked, wanted, PLACES)))
    }

    fn popular_ndcg(&self) -> f64 {
        let popular: Vec<f32> = (0..self.products())
            .map(|item| self.of_items.indices(item).len() as f32)
            .collect();
        let rank = |(row, _): &(usize, Vec<u32>)| best(&popular, self.of_users.indices(*row), PLACES);
        let ranked: Vec<_> = self.wanted.par_iter().map(rank).collect();
        self.mean_ndcg(&ranked)
    }

    /// What was ranked with these scores, and whether it was taken: of every other member
    /// to learn from, of the rest to be judged by.
    fn samples(&self, ranked: &[Vec<Scored>]) -> [Vec<Sample>; 2] {
        let mut halves = [Vec::new(), Vec::new()];
        for (at, (ranked, (_, wanted))) in ranked.iter().zip(&self.wanted).enumerate() {
            let samples = ranked.iter().map(|one| (one.score, wanted.contains(&one.item)));
            halves[at % 2].extend(samples);
        }
        halves
    }

    /// The model with one strength of regularisation, not calibrated yet.
    fn model(&self, algorithm: Algorithm, strength: f32, near: &super::Neighbours) -> Option<Trained> {
        let scorer = match algorithm {
            Algorithm::Ease => {
                let trained = ease::train(&self.of_users, &self.of_items, strength)?;
                Scorer::Ease(trained.strongest(ease::kept(self.products())))
            }
            Algorithm::Als => {
                let settings = als::Settings {
                    factors: 32,
                    regularization: strength,
                    alpha: 10.0,
                    iterations: 15,
                    seed: 1,
                };
                Scorer::Als(als::train(&self.of_users, &self.of_items, &settings))
            }
        };
        let none = Calibration::default();
        Some(Trained::new(
            self.products.clone(),
            scorer,
            near.clone(),
            none.clone(),
            none,
        ))
    }

    /// Trains a model and measures it. None when there is nothing to train or to judge by.
    pub fn train(&self, algorithm: Algorithm) -> Option<(Trained, Metrics)> {
        if self.wanted.is_empty() {
            return None;
        }
        let near = cosine(&self.of_items, &self.of_users, NEIGHBOURS);
        let strengths: &[f32] = match algorithm {
            _ if self.products() > TRIED => &[],
            Algorithm::Ease => &[5.0, 50.0],
            Algorithm::Als => &[1.0, 10.0],
        };
        let usual = match algorithm {
            Algorithm::Ease => 500.0,
            Algorithm::Als => 50.0,
        };
        let tried = strengths.iter().copied().chain([usual]);
        let judged = tried.filter_map(|strength| {
            let model = self.model(algorithm, strength, &near)?;
            let ranked = self.ranked(&model);
            Some((self.mean_ndcg(&ranked), model, ranked))
        });
        let (ndcg, mut model, ranked) = judged.max_by(|a, b| a.0.total_cmp(&b.0))?;
        let [learn, judge] = self.samples(&ranked);
        model.confidence = Calibration::learn(&learn);
        model.near_confidence = self.near_confidence(&model);
        let metrics = self.metrics(&ranked, ndcg, model.confidence.error(&judge));
        Some((model, metrics))
    }

    /// How often what is near to something taken was taken by the same member.
    fn near_confidence(&self, model: &Trained) -> Calibration {
        let sample = |(row, wanted): &(usize, Vec<u32>)| {
            let known = self.of_users.indices(*row);
            let mut samples: Vec<Sample> = Vec::new();
            for item in known {
                let new = model
                    .near
                    .list(*item)
                    .filter(|near| known.binary_search(&near.item).is_err());
                samples.extend(new.map(|near| (near.score, wanted.contains(&near.item))));
            }
            samples
        };
        Calibration::learn(
            &self
                .wanted
                .iter()
                .take(2_000)
                .flat_map(sample)
                .collect::<Vec<_>>(),
        )
    }

    fn metrics(&self, ranked: &[Vec<Scored>], ndcg: f64, calibration_error: f64) -> Metrics {
        let pairs = ranked.iter().zip(&self.wanted);
        let mut shown: Vec<u32> = ranked
            .iter()
            .flat_map(|ranked| ranked.iter().take(PLACES))
            .map(|one| one.item)
            .collect();
        shown.sort_unstable();
        shown.dedup();
        Metrics {
            recall: self.mean(pairs.map(|(ranked, (_, wanted))| recall(ranked, wanted, PLACES))),
            ndcg,
            popular_ndcg: self.popular_ndcg(),
            calibration_error,
            coverage: shown.len() as f64 / self.products().max(1) as f64,
            members: self.of_users.rows() as u64,
            products: self.products() as u64,
            entries: self.entries,
            held_out: self.held_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: u64, number: u64) -> Uuid {
        Uuid::from_u64_pair(splitmix64(kind << 32 | number), splitmix64(number ^ kind << 40))
    }

    /// Members of four tastes, who mostly buy what is of their taste.
    pub fn tastes(members: u64) -> Vec<Entry> {
        let buys = |member: u64| {
            (0..40_u64).filter_map(move |product| {
                let luck = splitmix64(member << 20 | product) % 100;
                let chance = if product % 4 == member % 4 { 60 } else { 5 };
                (luck < chance).then(|| Entry {
                    member: id(1, member),
                    product: id(2, product),
                    value: 1.0,
                    bought: true,
                })
            })
        };
        (0..members).flat_map(buys).collect()
    }

    #[test]
    fn both_models_find_tastes_that_popularity_does_not() {
        let data = Data::of(&tastes(400));
        for algorithm in [Algorithm::Ease, Algorithm::Als] {
            let (model, metrics) = data.train(algorithm).expect("there is enough");
            assert!(
                metrics.ndcg > metrics.popular_ndcg + 0.2,
                "{algorithm:?}: {metrics:?}"
            );
            assert!(metrics.calibration_error < 0.05, "{algorithm:?}: {metrics:?}");
            assert!((data.ndcg(&model) - metrics.ndcg).abs() < 1e-9);
        }
    }

    #[test]
    fn confidences_hold_among_members_the_model_never_saw() {
        let (model, _) = Data::of(&tastes(1_000))
            .train(Algorithm::Ease)
            .expect("there is enough");
        let all = tastes(2_000);
        let others = Data::of(&all[all.partition_point(|entry| id_is_before(entry.member))..]);
        let [one, other] = others.samples(&others.ranked(&model));
        let error = model.confidence.error(&[one, other].concat());
        assert!(error < 0.03, "{error}");
    }

    fn id_is_before(member: Uuid) -> bool {
        (0..1_000).any(|number| id(1, number) == member)
    }

    #[test]
    fn a_model_is_the_same_after_it_was_kept() {
        let data = Data::of(&tastes(100));
        for algorithm in [Algorithm::Ease, Algorithm::Als] {
            let (model, _) = data.train(algorithm).expect("there is enough");
            let again =
                Trained::from_bytes(&model.to_bytes().expect("it can be kept")).expect("it can be read");
            let history = [(id(2, 0), 1.0), (id(2, 4), 1.0)];
            assert_eq!(model.recommend(&history, 5), again.recommend(&history, 5));
            assert_eq!(model.alike(&history, 5), again.alike(&history, 5));
        }
    }

    #[test]
    fn bytes_that_are_no_model_are_refused() {
        let (model, _) = Data::of(&tastes(100))
            .train(Algorithm::Ease)
            .expect("there is enough");
        let bytes = model.to_bytes().expect("it can be kept");
        assert!(Trained::from_bytes(&bytes[..bytes.len() / 2]).is_err());
        assert!(Trained::from_bytes(&[]).is_err());
    }

    #[test]
    fn without_purchases_there_is_no_model() {
        assert!(Data::of(&[]).train(Algorithm::Ease).is_none());
        let viewed = Entry {
            bought: false,
            value: 0.2,
            ..tastes(1)[0]
        };
        assert!(Data::of(&[viewed]).train(Algorithm::Als).is_none());
    }

    #[test]
    fn what_speaks_for_a_product_is_of_its_taste() {
        let (model, _) = Data::of(&tastes(400))
            .train(Algorithm::Ease)
            .expect("there is enough");
        let history = [(id(2, 1), 1.0), (id(2, 4), 1.0)];
        let offered = model.recommend(&history[1..], 1)[0].product;
        assert_eq!(model.because_of(&history, offered), Some(id(2, 4)));
        assert!(model.recommend(&[(Uuid::nil(), 1.0)], 5).is_empty());
    }
}
