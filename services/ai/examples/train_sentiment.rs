//! Learns the weights of the sentiment model and writes them into the crate; `cv` tells
//! how well models do on parts of the training data they have not seen.

use std::path::Path;

use xlcfi_ai::sentiment::measure::measure;
use xlcfi_ai::sentiment::{Sample, samples, train};

const TRAINING: &str = include_str!("../data/reviews_train.tsv");
const FOLDS: usize = 5;

fn main() -> std::io::Result<()> {
    let all = samples(TRAINING);
    if std::env::args().nth(1).as_deref() == Some("cv") {
        for fold in 0..FOLDS {
            let part = |inside: bool| -> Vec<Sample<'_>> {
                let numbered = all.iter().enumerate();
                let chosen = numbered.filter(|(at, _)| (at % FOLDS == fold) == inside);
                chosen.map(|(_, sample)| sample.clone()).collect()
            };
            println!("{}", measure(&train(&part(false)), &part(true)));
        }
        return Ok(());
    }
    let bytes = train(&all).to_bytes();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sentiment.bin");
    std::fs::write(&path, &bytes)?;
    println!("{} reviews, {} bytes of weights", all.len(), bytes.len());
    Ok(())
}
