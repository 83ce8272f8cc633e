use super::measure::measure;
use super::{Aspect, Model, Sentiment, analyse, samples, train};

const TRAINING: &str = include_str!("../../data/reviews_train.tsv");
const HELD_OUT: &str = include_str!("../../data/reviews_held_out.tsv");

#[test]
fn the_data_are_as_much_as_the_readme_says_and_nothing_is_held_out_and_trained_on() {
    let (training, held_out) = (samples(TRAINING), samples(HELD_OUT));
    assert!(training.len() >= 900 && held_out.len() >= 300);
    for sample in &held_out {
        assert!(
            training.iter().all(|other| other.text != sample.text),
            "{}",
            sample.text
        );
    }
}

#[test]
fn training_gives_the_weights_in_the_crate() {
    let trained = train(&samples(TRAINING));
    assert!(
        trained == *Model::own(),
        "run `make sentiment` and commit what it writes"
    );
    assert_eq!(Model::from_bytes(&trained.to_bytes()).as_ref(), Some(&trained));
    assert_eq!(Model::from_bytes(&[0; 3]), None);
}

#[test]
fn held_out_reviews_are_read_as_well_as_the_readme_says() {
    let measured = measure(Model::own(), &samples(HELD_OUT));
    println!("{measured}");
    assert!(measured.accuracy >= 0.74, "{}", measured.accuracy);
    assert!(measured.macro_f1 >= 0.74, "{}", measured.macro_f1);
    for (aspect, f1) in &measured.aspect_f1 {
        assert!(*f1 >= 0.76, "{aspect:?} {f1}");
    }
    assert!(measured.aspect_sentiment >= 0.70, "{}", measured.aspect_sentiment);
}

#[test]
fn a_mixed_review_is_neutral_and_speaks_of_both_sides() {
    let said = analyse("맛은 정말 좋은데 배송이 너무 늦었어요");
    assert_eq!(said.sentiment, Sentiment::Neutral);
    assert!(said.aspects.contains(&(Aspect::Delivery, Sentiment::Negative)));
    assert!(said.aspects.iter().any(|(aspect, _)| *aspect == Aspect::Taste));
}

#[test]
fn any_text_is_answered_with_probabilities() {
    for text in ["", " ", "!!!", "ㅋㅋㅋ", "abc", "좋", "\u{0}", "👍👍"] {
        let sum: f64 = analyse(text).probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{text}");
    }
}
