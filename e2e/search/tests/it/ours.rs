//! Our own engine through the bench; needs the dictionary alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xlcfi_bench_search::engine::Answer;
use xlcfi_bench_search::generate::Generator;
use xlcfi_bench_search::queries::Kind;

const PRODUCTS: &str = "300";

/// A folder with the results of a run, gone in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Folder {
    fn of_a_run() -> Self {
        let name = format!("bench-search-ours-{}", std::process::id());
        let folder = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        let output = Command::new(env!("CARGO_BIN_EXE_bench-search"))
            .args(["--only", "ours", "--products", PRODUCTS, "--queries", "20"])
            .args(["--passes", "1", "--budget", "1", "--folder"])
            .arg(&folder.0)
            .output()
            .expect("the bench runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        folder
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).expect("the run wrote it")
    }
}

#[test]
fn our_engine_finds_the_products_a_word_stands_in_and_ranks_the_golden_set() {
    let folder = Folder::of_a_run();
    let report: Value = serde_json::from_str(&folder.read("results.json")).unwrap();
    let load = &report["load"]["ours"];
    assert_eq!(load["indexed"]["documents"].to_string(), PRODUCTS);
    assert_eq!(load["kinds"].as_array().unwrap().len(), Kind::MEASURED.len());
    assert!(load["memory"]["resident_kib"].as_u64().unwrap() > 0);

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

    let judged = report["quality"]["ours"].as_object().unwrap();
    for (kind, score) in judged.iter().filter(|(kind, _)| *kind != "none") {
        let ndcg = score["ndcg"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&ndcg), "{kind}: {ndcg}");
    }
    assert!(judged["all"]["ndcg"].as_f64().unwrap() > 0.5, "{}", judged["all"]);
}
