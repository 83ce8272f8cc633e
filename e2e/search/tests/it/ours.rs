//! Our own engine through the bench; needs the dictionary alone.

use xlcfi_bench_search::engine::Answer;
use xlcfi_bench_search::generate::Generator;
use xlcfi_bench_search::golden::{ALL, NONE};
use xlcfi_bench_search::queries::Kind;

use crate::folder::Folder;

const PRODUCTS: &str = "300";

#[test]
fn our_engine_finds_the_products_a_word_stands_in_and_ranks_the_golden_set() {
    let folder = Folder::new("ours");
    let (report, _) = folder.run(&[
        "--only",
        "ours",
        "--products",
        PRODUCTS,
        "--queries",
        "20",
        "--passes",
        "1",
        "--budget",
        "1",
    ]);
    let load = &report["load"]["ours"];
    assert_eq!(load["indexed"]["documents"].to_string(), PRODUCTS);
    assert_eq!(load["kinds"].as_array().unwrap().len(), Kind::MEASURED.len());
    assert!(load["memory"]["resident_kib"].as_u64().unwrap() > 0);
    assert_eq!(load["changes"]["samples"], 200);

    let generator = Generator::new(1).unwrap();
    let answers: Vec<Answer> = folder
        .read("ours-answers.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: Kind| answers.iter().filter(move |answer| answer.kind == kind);
    let names: Vec<String> = (1..=300).map(|id| generator.product(id).unwrap().name).collect();
    let in_a_name = |word: &str| names.iter().any(|name| name.split(' ').any(|one| one == word));
    let terms: Vec<&Answer> = of(Kind::Term).filter(|answer| in_a_name(&answer.text)).collect();
    assert!(terms.len() >= 10, "only {} are words of names", terms.len());
    for answer in terms {
        let first = answer.ids.first().expect(&answer.text);
        let product = generator.product(*first).unwrap();
        let text = format!(
            "{} {} {}",
            product.name, product.category_name, product.description
        );
        assert!(text.contains(&answer.text), "{}: {text}", answer.text);
    }
    for answer in of(Kind::Facet) {
        let stocked = |id: &u64| generator.product(*id).unwrap().in_stock;
        assert!(answer.ids.iter().all(stocked), "{}", answer.text);
        let names: Vec<&str> = answer.facets.keys().map(String::as_str).collect();
        assert_eq!(names, ["category", "origin", "price_band", "storage"]);
        let counts = |facet: &str| answer.facets[facet].values().sum::<u64>();
        assert_eq!(counts("storage"), counts("price_band"), "{}", answer.text);
        assert!(counts("storage") >= answer.ids.len() as u64, "{}", answer.text);
    }
    assert!(of(Kind::Suggestion).all(|answer| answer.ids.is_empty()));
    assert!(of(Kind::Suggestion).any(|answer| !answer.texts.is_empty()));
}

/// Below what was reached by so much that a new dictionary word does not trip it.
const FLOOR: f64 = 0.92;
/// Above the share of queries that find nothing by as much.
const MOST_NOTHING: f64 = 0.01;

#[test]
fn our_engine_answers_the_golden_set_well() {
    let folder = Folder::new("golden");
    let (report, _) = folder.run(&["--only", "ours", "--golden"]);
    let judged = report["quality"]["ours"].as_object().unwrap();
    for (kind, score) in judged.iter().filter(|(kind, _)| *kind != NONE) {
        let ndcg = score["ndcg"].as_f64().unwrap();
        assert!((0.5..=1.0).contains(&ndcg), "{kind}: {ndcg}");
    }
    let all = &judged[ALL];
    let answers = folder.read("ours-golden.tsv");
    let missed = answers.lines().skip(1).filter(|line| {
        let ndcg = line.split('\t').nth(2).and_then(|ndcg| ndcg.parse().ok());
        ndcg.is_some_and(|ndcg: f64| ndcg < 0.2)
    });
    let missed: Vec<&str> = missed.collect();
    assert!(all["queries"].as_u64().unwrap() >= 300, "{all}");
    assert!(
        all["ndcg"].as_f64().unwrap() >= FLOOR,
        "{all}; missed: {missed:#?}"
    );
    assert!(
        all["nothing"].as_f64().unwrap() <= MOST_NOTHING,
        "{all}; missed: {missed:#?}"
    );
}
