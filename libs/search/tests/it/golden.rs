use crate::catalogue::{demo_index, root};
use crate::measure::{golden, ndcg};

/// Below what was reached by so much that a new dictionary word does not trip it.
const FLOOR: f64 = 0.88;

#[test]
fn the_golden_set_is_answered_well() {
    let path = root().join("e2e/search/golden.tsv");
    let (index, _) = demo_index();
    let judged = golden(&path);
    let wanted: Vec<_> = judged.iter().filter(|judged| judged.kind != "none").collect();
    let outcomes: Vec<_> = wanted
        .iter()
        .map(|judged| (judged, ndcg(&index, judged)))
        .collect();
    let mean = outcomes.iter().map(|(_, outcome)| outcome.ndcg).sum::<f64>() / outcomes.len() as f64;
    let missed: Vec<String> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.ndcg < 0.2)
        .map(|(judged, outcome)| format!("{} ({}: {})", judged.query, outcome.found, outcome.first))
        .collect();
    assert!(wanted.len() >= 300, "{} queries", wanted.len());
    assert!(mean >= FLOOR, "nDCG@10 is {mean:.4}; missed: {missed:#?}");
}
