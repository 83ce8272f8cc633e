//! `golden [<golden.tsv>] [<query>]`: nDCG@10 over the demo catalogue, overall and by kind, the zero-result rate, and each
//! query below 0.6; or what one query finds.

#[path = "../tests/it/catalogue.rs"]
mod catalogue;
#[path = "../tests/it/measure.rs"]
mod measure;

use std::path::PathBuf;

use catalogue::{TODAY, demo_index, root};
use xlcfi_search::Query;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .map_or_else(|| root().join("e2e/search/golden.tsv"), PathBuf::from);
    let (index, _) = demo_index();
    if let Some(text) = arguments.next() {
        print!("{}", index.explain(&text).expect("any text is a query"));
        let answer = index
            .search(&Query::new(text, TODAY))
            .expect("any text is a query");
        println!(
            "{} products, {:?} {:?}",
            answer.total, answer.corrected_query, answer.did_you_mean
        );
        for hit in answer.hits {
            println!(
                "{:8.1} {:32} {}",
                hit.score,
                String::from_utf8_lossy(&hit.payload),
                hit.highlighted_name
            );
        }
        return;
    }
    let judged = measure::golden(&path);
    let results: Vec<_> = judged
        .iter()
        .map(|judged| (judged, measure::ndcg(&index, judged)))
        .collect();
    let mut kinds: Vec<&str> = judged.iter().map(|judged| judged.kind.as_str()).collect();
    kinds.dedup();
    for (judged, result) in &results {
        if judged.kind != "none" && result.ndcg < 0.6 || judged.kind == "none" && result.found > 0 {
            println!(
                "{:.2} {:9} {:20} found {}: {}",
                result.ndcg, judged.kind, judged.query, result.found, result.first
            );
        }
    }
    let mean = |of: &dyn Fn(&str) -> bool| {
        let some: Vec<_> = results
            .iter()
            .filter(|(judged, _)| of(&judged.kind))
            .map(|(_, result)| result)
            .collect();
        let count = some.len().max(1) as f64;
        let zero = some.iter().filter(|result| result.found == 0).count() as f64;
        (
            some.len(),
            some.iter().map(|result| result.ndcg).sum::<f64>() / count,
            zero / count,
        )
    };
    for kind in kinds {
        let (count, ndcg, zero) = mean(&|other| other == kind);
        println!(
            "{kind:20} {count:4} queries  nDCG@10 {ndcg:.3}  nothing found {:.1} %",
            100.0 * zero
        );
    }
    let (count, ndcg, zero) = mean(&|kind| kind != "none");
    println!(
        "{:20} {count:4} queries  nDCG@10 {ndcg:.4}  nothing found {:.1} %",
        "all but none",
        100.0 * zero
    );
}
