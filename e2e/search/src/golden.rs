//! How good answers are: nDCG@10 over judged queries, and how many find nothing.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, ensure};
use serde::Serialize;

/// One line of `golden.tsv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub query: String,
    pub kind: String,
    /// Grade by SKU; what is not there has grade 0.
    pub grades: HashMap<String, u32>,
}

/// Queries of this kind have no right answer: the best one is none.
pub const NONE: &str = "none";

/// Reads `query, kind, judgements, note`, separated by tabs, below a header.
pub fn parse(text: &str) -> anyhow::Result<Vec<Judged>> {
    let mut lines = text.lines().zip(1..);
    let (header, _) = lines.next().context("an empty file")?;
    ensure!(
        header.starts_with("query\tkind\tjudgements"),
        "the header must be query, kind, judgements, note"
    );
    lines
        .filter(|(line, _)| !line.is_empty())
        .map(|(line, number)| judged(line).with_context(|| format!("line {number}")))
        .collect()
}

fn judged(line: &str) -> anyhow::Result<Judged> {
    let mut cells = line.split('\t');
    let (query, kind) = (
        cells.next().context("no query")?,
        cells.next().context("no kind")?,
    );
    let grades = cells
        .next()
        .context("no judgements")?
        .split_whitespace()
        .map(|judgement| {
            let (sku, grade) = judgement.rsplit_once(':').context("a judgement is SKU:grade")?;
            Ok((sku.to_owned(), grade.parse::<u32>()?))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Judged {
        query: query.to_owned(),
        kind: kind.to_owned(),
        grades,
    })
}

/// Discounted cumulative gain of the first ten: sum of (2^grade - 1) / log2(rank + 1), ranks from 1.
fn dcg(grades: impl IntoIterator<Item = u32>) -> f64 {
    grades
        .into_iter()
        .take(10)
        .zip(1_u32..)
        .map(|(grade, rank)| (f64::from(grade).exp2() - 1.0) / f64::from(rank + 1).log2())
        .fold(0.0, |sum, gain| sum + gain)
}

/// nDCG@10 of an answer (SKUs, best first), 0 to 1; `None` when nothing has a grade above 0. A SKU that comes twice
/// counts once.
pub fn ndcg(judged: &Judged, answer: &[String]) -> Option<f64> {
    let mut ideal: Vec<u32> = judged.grades.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = dcg(ideal);
    let gained = answer.iter().enumerate().map(|(at, sku)| {
        let again = answer[..at].contains(sku);
        judged.grades.get(sku).copied().filter(|_| !again).unwrap_or(0)
    });
    (best > 0.0).then(|| dcg(gained) / best)
}

/// What an engine reached over some queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    pub queries: usize,
    /// Mean of nDCG@10; `None` for queries without a right answer.
    pub ndcg: Option<f64>,
    /// Share of the queries, 0 to 1, that found nothing.
    pub nothing: f64,
}

/// The name under which [`scores`] keeps all kinds but [`NONE`] together.
pub const ALL: &str = "all";

/// Scores by kind, and of all but [`NONE`] together; `answers` are in the order of the queries.
pub fn scores(judged: &[Judged], answers: &[Vec<String>]) -> BTreeMap<String, Score> {
    let mut pairs: BTreeMap<&str, Vec<(&Judged, &Vec<String>)>> = BTreeMap::new();
    for pair in judged.iter().zip(answers) {
        pairs.entry(pair.0.kind.as_str()).or_default().push(pair);
        if pair.0.kind != NONE {
            pairs.entry(ALL).or_default().push(pair);
        }
    }
    pairs
        .into_iter()
        .map(|(kind, pairs)| (kind.to_owned(), score(&pairs)))
        .collect()
}

fn score(pairs: &[(&Judged, &Vec<String>)]) -> Score {
    let reached: Vec<f64> = pairs
        .iter()
        .filter_map(|(judged, answer)| ndcg(judged, answer))
        .collect();
    let nothing = pairs.iter().filter(|(_, answer)| answer.is_empty()).count();
    Score {
        queries: pairs.len(),
        ndcg: (!reached.is_empty()).then(|| reached.iter().sum::<f64>() / reached.len() as f64),
        nothing: nothing as f64 / pairs.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "query\tkind\tjudgements\tnote
감자\tterm\tA:3 B:2 C:1\tplain
ㄱㅈ\tinitials\tA:3 B:3\t
깜자\ttypo\tA:3\tone letter
감자 10kg\tterm\tA:3 B:1\t
스마트폰\tnone\t\tnot food
";

    fn skus(text: &str) -> Vec<String> {
        text.chars().map(|sku| sku.to_string()).collect()
    }

    fn near(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-4)
    }

    #[test]
    fn the_best_order_has_1_and_nothing_has_0() {
        let judged = parse(SAMPLE).unwrap();
        assert!(near(ndcg(&judged[0], &skus("ABC")), 1.0));
        assert!(near(ndcg(&judged[0], &[]), 0.0));
    }

    #[test]
    fn another_order_has_what_a_calculation_by_hand_gives() {
        let judged = parse(SAMPLE).unwrap();
        // DCG of C, X, A: 1 + 0 + 7 / 2 = 4.5. The best: 7 + 3 / 1.58496 + 1 / 2 = 9.39279.
        assert!(near(ndcg(&judged[0], &skus("CXA")), 4.5 / 9.392_79));
        // B first, A at rank 2: (3 + 7 / 1.58496) / 9.39279.
        assert!(near(ndcg(&judged[0], &skus("BA")), 7.416_51 / 9.392_79));
    }

    #[test]
    fn what_stands_behind_the_tenth_or_comes_twice_does_not_count() {
        let judged = parse(SAMPLE).unwrap();
        assert!(near(ndcg(&judged[2], &skus("ZYXWVUTSRQA")), 0.0));
        assert!(near(ndcg(&judged[2], &skus("AA")), 1.0));
        assert!(near(
            ndcg(&judged[1], &skus("AA")),
            7.0 / (7.0 + 7.0 / 3_f64.log2())
        ));
    }

    #[test]
    fn queries_without_a_right_answer_count_by_themselves() {
        let judged = parse(SAMPLE).unwrap();
        let answers = [skus("ABC"), skus(""), skus("A"), skus("A"), skus("")];
        let scores = scores(&judged, &answers);
        assert_eq!(scores["none"].queries, 1);
        assert_eq!(scores["none"].ndcg, None);
        assert!((scores["none"].nothing - 1.0).abs() < 1e-9);
        assert_eq!(scores[ALL].queries, 4);
        assert!((scores[ALL].nothing - 0.25).abs() < 1e-9);
        // 1, 0, 1 and 7 / (7 + 1 / log2 3).
        assert!(near(
            scores[ALL].ndcg,
            (2.0 + 7.0 / (7.0 + 1.0 / 3_f64.log2())) / 4.0
        ));
        assert_eq!(scores["term"].queries, 2);
    }

    #[test]
    fn a_damaged_line_is_named() {
        let error = parse("query\tkind\tjudgements\tnote\n감자\tterm\tA\t\n").unwrap_err();
        assert!(format!("{error:#}").contains("line 2"));
    }
}
