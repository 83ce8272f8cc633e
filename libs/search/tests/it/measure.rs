//! nDCG@10 as `e2e/search/README.md` defines it.

use std::collections::HashMap;
use std::path::Path;

use xlcfi_search::{Index, Query};

use crate::catalogue::TODAY;

/// A query and what is wanted.
pub struct Judged {
    pub query: String,
    pub kind: String,
    pub grades: HashMap<String, u32>,
}

/// How well a query did.
pub struct Outcome {
    pub ndcg: f64,
    pub found: u64,
    /// The first SKUs with their grades.
    pub first: String,
}

/// Reads the golden set.
pub fn golden(path: &Path) -> Vec<Judged> {
    let text = std::fs::read_to_string(path).expect("the golden set is there");
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let grades = cells[2].split(' ').filter_map(|judged| {
                let (sku, grade) = judged.split_once(':')?;
                Some((sku.to_owned(), grade.parse().ok()?))
            });
            Judged {
                query: cells[0].to_owned(),
                kind: cells[1].to_owned(),
                grades: grades.collect(),
            }
        })
        .collect()
}

/// Asks `judged` of `index`.
pub fn ndcg(index: &Index, judged: &Judged) -> Outcome {
    let mut query = Query::new(&judged.query, TODAY);
    query.limit = 10;
    let answer = index.search(&query).expect("any text is a query");
    let gain = |grade: u32, rank: usize| (f64::from(2u32.pow(grade)) - 1.0) / ((rank + 2) as f64).log2();
    let skus: Vec<String> = answer
        .hits
        .iter()
        .map(|hit| String::from_utf8_lossy(&hit.payload).into_owned())
        .collect();
    let grade = |sku: &String| judged.grades.get(sku).copied().unwrap_or(0);
    let dcg: f64 = skus
        .iter()
        .enumerate()
        .map(|(rank, sku)| gain(grade(sku), rank))
        .sum();
    let mut best: Vec<u32> = judged.grades.values().copied().collect();
    best.sort_unstable_by_key(|grade| std::cmp::Reverse(*grade));
    let ideal: f64 = best
        .iter()
        .take(10)
        .enumerate()
        .map(|(rank, &grade)| gain(grade, rank))
        .sum();
    Outcome {
        ndcg: if ideal > 0.0 { dcg / ideal } else { 0.0 },
        found: answer.total,
        first: skus
            .iter()
            .take(6)
            .map(|sku| format!("{sku}:{}", grade(sku)))
            .collect::<Vec<_>>()
            .join(" "),
    }
}
