//! How well the sentiment model reads reviews that were held out, and how fast.

use std::time::Instant;

use xlcfi_ai::sentiment::measure::measure;
use xlcfi_ai::sentiment::{Model, analyse, samples};

const HELD_OUT: &str = include_str!("../data/reviews_held_out.tsv");
const ROUNDS: u32 = 20;

fn main() {
    let held_out = samples(HELD_OUT);
    let measured = measure(Model::own(), &held_out);
    println!("sentiment, held out: {measured}");
    if std::env::args().nth(1).as_deref() == Some("wrong") {
        for (text, said) in &measured.wrong {
            println!("{}\t{text}", said.into_str());
        }
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for sample in &held_out {
            std::hint::black_box(analyse(sample.text));
        }
    }
    let each = start.elapsed() / ROUNDS / u32::try_from(held_out.len()).unwrap_or(u32::MAX);
    println!("sentiment, one review: {each:.0?}");
}
