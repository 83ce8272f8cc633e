//! How good a model is on samples.

use super::{Aspect, Model, Sample, Sentiment};

/// Figures of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub samples: usize,
    /// Part of overall sentiments that are right.
    pub accuracy: f64,
    /// Mean F1 of the three sentiments.
    pub macro_f1: f64,
    /// F1 of each aspect being spoken of.
    pub aspect_f1: Vec<(Aspect, f64)>,
    /// Of aspects rightly found, the part with the right sentiment.
    pub aspect_sentiment: f64,
    /// Texts whose overall sentiment is wrong, with it.
    pub wrong: Vec<(String, Sentiment)>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    right: usize,
    said: usize,
    is: usize,
}

impl Count {
    fn add(&mut self, said: bool, is: bool) {
        self.right += usize::from(said && is);
        self.said += usize::from(said);
        self.is += usize::from(is);
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (self.said + self.is).max(1) as f64
    }
}

/// Measures a model.
pub fn measure(model: &Model, samples: &[Sample<'_>]) -> Measured {
    let mut sentiments = [Count::default(); 3];
    let mut aspects = [Count::default(); 5];
    let (mut found, mut agreed) = (0_usize, 0_usize);
    let mut wrong = Vec::new();
    for sample in samples {
        let said = model.analyse(sample.text);
        for (count, sentiment) in sentiments.iter_mut().zip(Sentiment::ALL) {
            count.add(said.sentiment == sentiment, sample.sentiment == sentiment);
        }
        if said.sentiment != sample.sentiment {
            wrong.push((sample.text.to_owned(), said.sentiment));
        }
        for (count, aspect) in aspects.iter_mut().zip(Aspect::ALL) {
            let of = |all: &[(Aspect, Sentiment)]| {
                all.iter().find(|(one, _)| *one == aspect).map(|(_, says)| *says)
            };
            let (says, is) = (of(&said.aspects), of(&sample.aspects));
            count.add(says.is_some(), is.is_some());
            if let (Some(says), Some(is)) = (says, is) {
                found += 1;
                agreed += usize::from(says == is);
            }
        }
    }
    Measured {
        samples: samples.len(),
        accuracy: 1.0 - wrong.len() as f64 / samples.len().max(1) as f64,
        macro_f1: sentiments.iter().map(|count| count.f1()).sum::<f64>() / 3.0,
        aspect_f1: Aspect::ALL.into_iter().zip(aspects.map(Count::f1)).collect(),
        aspect_sentiment: agreed as f64 / found.max(1) as f64,
        wrong,
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let aspects = self
            .aspect_f1
            .iter()
            .map(|(aspect, f1)| format!("{} {f1:.3}", aspect.into_str()));
        let aspects = aspects.collect::<Vec<_>>().join(", ");
        write!(
            f,
            "{} reviews: accuracy {:.3}, macro F1 {:.3}; aspects F1 {aspects}; of those found {:.3} with the right sentiment",
            self.samples, self.accuracy, self.macro_f1, self.aspect_sentiment
        )
    }
}
