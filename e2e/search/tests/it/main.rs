//! The bench itself, small.

mod folder;
mod ours;

use std::process::Command;

use folder::Folder;

/// Words of the demo catalogue; that the engines rank them well is for the real set to tell.
const GOLDEN: &str = "query\tkind\tjudgements\tnote
감자 수미\tfood\tPRD-VEG-POTATO-10KG:3 PRD-VEG-POTATO-DUBAEK-20KG:2\t
ㄷㅂㄱ\tinitials\tPRD-VEG-POTATO-DUBAEK-20KG:3\t
베니하루가\ttypo\tPRD-VEG-SWEETPOTATO-HARUKA-10KG:3\t
10kg 감자\tpack\tPRD-VEG-POTATO-10KG:3 PRD-VEG-POTATO-DUBAEK-20KG:2\t
노트북\tnone\t\tnot food
";

#[test]
fn every_engine_of_this_machine_indexes_answers_and_is_judged() {
    let folder = Folder::new("all");
    let golden = folder.join("golden.tsv");
    std::fs::write(&golden, GOLDEN).unwrap();
    let (report, complaint) = folder.run(&[
        "--products",
        "3000",
        "--queries",
        "5",
        "--passes",
        "1",
        "--budget",
        "1",
        "--golden-set",
        golden.to_str().unwrap(),
    ]);

    let load = report["load"].as_object().unwrap();
    assert!(load.contains_key("pg_trgm"), "{complaint}");
    for (engine, load) in load {
        assert_eq!(load["indexed"]["documents"], 3_000, "{engine}");
        assert!(load["index_bytes"].as_u64().unwrap() > 100_000, "{engine}");
        let kinds = load["kinds"].as_array().unwrap();
        assert_eq!(kinds.len(), 7, "{engine}");
        for kind in kinds {
            assert!(kind["found"].as_f64().unwrap() >= 0.6, "{engine}: {kind}");
            assert!(kind["samples"].as_u64().unwrap() > 0, "{engine}: {kind}");
        }
        let judged = &report["quality"][engine];
        assert_eq!(judged["all"]["queries"], 4, "{engine}");
        assert!(
            judged["food"]["ndcg"].as_f64().unwrap() > 0.7,
            "{engine}: {judged}"
        );
    }
    for (engine, reason) in report["skipped"].as_object().unwrap() {
        assert!(
            reason.as_str().unwrap().starts_with("not installed"),
            "{engine}: {reason}"
        );
    }
}

#[test]
fn an_unknown_engine_is_refused_with_those_there_are() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench-search"))
        .args(["--only", "grep"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("ours, lucene, fts5, pg_trgm"));
}
