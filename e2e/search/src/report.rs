//! Tables for people, and the same figures as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::{Indexed, Memory, Run};
use crate::golden::{ALL, NONE, Score};
use crate::measure::percentile;
use crate::queries::Kind;

/// One kind of queries, measured; times in milliseconds.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub kind: Kind,
    /// Different queries that were measured; fewer than drawn when the time was over.
    pub queries: usize,
    /// Measurements, several of each query.
    pub samples: usize,
    pub p50: f64,
    pub p99: f64,
    pub mean: f64,
    pub max: f64,
    /// Share of the answered queries, 0 to 1, that found something.
    pub found: f64,
}

/// What one engine did with the generated products.
#[derive(Debug, Serialize)]
pub struct Load {
    pub version: String,
    pub indexed: Indexed,
    /// Suggester included.
    pub documents_per_second: f64,
    pub index_bytes: u64,
    pub memory: Memory,
    pub kinds: Vec<Measured>,
    /// Absent when the engine was not asked to.
    pub changes: Option<Changes>,
}

/// One product changed, committed and found, again and again; times in milliseconds.
#[derive(Debug, Serialize)]
pub struct Changes {
    pub samples: usize,
    pub p50: f64,
    pub p99: f64,
}

impl Load {
    pub fn of(run: &Run) -> Self {
        let indexed = run.indexed.clone();
        let kinds = run
            .micros
            .iter()
            .map(|(kind, micros)| measured(run, *kind, micros));
        Self {
            version: run.version.clone(),
            documents_per_second: indexed.documents as f64 / (indexed.seconds + indexed.suggester_seconds),
            index_bytes: run.index_bytes,
            memory: run.memory,
            kinds: kinds.collect(),
            changes: changes(&run.change_micros),
            indexed,
        }
    }
}

fn changes(micros: &[f64]) -> Option<Changes> {
    (!micros.is_empty()).then(|| Changes {
        samples: micros.len(),
        p50: percentile(micros, 0.5) / 1e3,
        p99: percentile(micros, 0.99) / 1e3,
    })
}

fn measured(run: &Run, kind: Kind, micros: &[f64]) -> Measured {
    let answers: Vec<bool> = run
        .answers
        .iter()
        .filter(|answer| answer.kind == kind)
        .map(|answer| !answer.is_empty())
        .collect();
    let found = answers.iter().filter(|found| **found).count();
    let sum: f64 = micros.iter().sum();
    Measured {
        kind,
        queries: run.asked.get(&kind).copied().unwrap_or(0).min(micros.len()),
        samples: micros.len(),
        p50: percentile(micros, 0.5) / 1e3,
        p99: percentile(micros, 0.99) / 1e3,
        mean: sum / micros.len().max(1) as f64 / 1e3,
        max: percentile(micros, 1.0) / 1e3,
        found: found as f64 / answers.len().max(1) as f64,
    }
}

/// Everything, by engine.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub products: u64,
    pub load: BTreeMap<String, Load>,
    pub quality: BTreeMap<String, BTreeMap<String, Score>>,
    pub skipped: BTreeMap<String, String>,
}

impl Report {
    /// Latency, indexing and memory; engines in columns, in the order given.
    pub fn load_table(&self, engines: &[&str]) -> String {
        let loads: Vec<(&str, &Load)> = engines
            .iter()
            .filter_map(|name| Some((*name, self.load.get(*name)?)))
            .collect();
        let mut out = format!("{} products\n{:24}", self.products, "");
        for (name, _) in &loads {
            let _ = write!(out, "{name:>28}");
        }
        let _ = writeln!(
            out,
            "\n{:24}{}",
            "",
            "  p50 ms    p99 ms   queries".repeat(loads.len())
        );
        for kind in Kind::MEASURED {
            row(&mut out, kind.name(), &loads, |load| {
                let one = load.kinds.iter().find(|measured| measured.kind == kind)?;
                Some(format!("{:>8.2} {:>9.2} {:>9}", one.p50, one.p99, one.queries))
            });
        }
        row(&mut out, "change to found", &loads, |load| {
            let all = load.changes.as_ref()?;
            Some(format!("{:>8.2} {:>9.2} {:>9}", all.p50, all.p99, all.samples))
        });
        for kind in Kind::MEASURED {
            row(&mut out, &format!("{}: found, %", kind.name()), &loads, |load| {
                let one = load.kinds.iter().find(|measured| measured.kind == kind)?;
                Some(format!("{:.1}", one.found * 100.0))
            });
        }
        row(&mut out, "documents/s", &loads, |load| {
            Some(format!("{:.0}", load.documents_per_second))
        });
        row(&mut out, "  without suggester", &loads, |load| {
            Some(format!(
                "{:.0}",
                load.indexed.documents as f64 / load.indexed.seconds
            ))
        });
        row(&mut out, "  threads", &loads, |load| {
            Some(load.indexed.threads.to_string())
        });
        row(&mut out, "index, MiB", &loads, |load| {
            Some(format!("{:.0}", load.index_bytes as f64 / 1_048_576.0))
        });
        row(&mut out, "peak indexing, MiB", &loads, |load| {
            Some((load.indexed.peak_kib / 1024).to_string())
        });
        row(&mut out, "resident, MiB", &loads, |load| {
            Some((load.memory.resident_kib / 1024).to_string())
        });
        row(&mut out, "  without files, MiB", &loads, |load| {
            Some((load.memory.anonymous_kib / 1024).to_string())
        });
        for (name, load) in &loads {
            let _ = writeln!(out, "{name}: {}", load.version);
        }
        out
    }

    /// nDCG@10 and the share of queries that found nothing, by kind; engines in columns, in the order given.
    pub fn quality_table(&self, engines: &[&str]) -> String {
        let engines: Vec<(&str, &BTreeMap<String, Score>)> = engines
            .iter()
            .filter_map(|name| Some((*name, self.quality.get(*name)?)))
            .collect();
        let mut kinds: BTreeSet<&str> = engines
            .iter()
            .flat_map(|(_, scores)| scores.keys().map(String::as_str))
            .collect();
        kinds.remove(ALL);
        kinds.remove(NONE);
        let mut out = format!("{:24}{:>8}", "golden set", "");
        for (name, _) in &engines {
            let _ = write!(out, "{name:>20}");
        }
        let _ = writeln!(
            out,
            "\n{:24} queries{}",
            "",
            "     nDCG  nothing %".repeat(engines.len())
        );
        for kind in kinds.into_iter().chain([ALL, NONE]) {
            let queries = engines
                .iter()
                .find_map(|(_, scores)| scores.get(kind))
                .map(|score| score.queries);
            let Some(queries) = queries else { continue };
            let _ = write!(out, "{kind:24}{queries:>8}");
            for (_, scores) in &engines {
                let score = scores.get(kind).copied().unwrap_or_default();
                let ndcg = score
                    .ndcg
                    .map_or_else(|| "-".to_owned(), |ndcg| format!("{ndcg:.4}"));
                let _ = write!(out, "{ndcg:>9}{:>11.1}", score.nothing * 100.0);
            }
            out.push('\n');
        }
        out
    }
}

fn row(out: &mut String, name: &str, loads: &[(&str, &Load)], cell: impl Fn(&Load) -> Option<String>) {
    let _ = write!(out, "{name:24}");
    for (_, load) in loads {
        let _ = write!(out, "{:>28}", cell(load).unwrap_or_else(|| "-".to_owned()));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Answer, Event};
    use crate::queries::Query;

    fn run() -> Run {
        let mut run = Run::default();
        run.asked.insert(Kind::Term, 2);
        for ids in [vec![1], vec![]] {
            let query = Query {
                kind: Kind::Term,
                text: "감자".to_owned(),
            };
            let mut answer = Answer::to(&query);
            answer.ids = ids;
            run.take(Event::Answer(answer));
        }
        run.take(Event::Measured {
            kind: Kind::Term,
            micros: vec![1_000.0, 2_000.0, 3_000.0, 4_000.0],
        });
        run.take(Event::Changed {
            micros: vec![5_000.0, 9_000.0],
        });
        run.take(Event::Indexed(Indexed {
            documents: 100,
            threads: 1,
            seconds: 1.5,
            suggester_seconds: 0.5,
            peak_kib: 2_048,
        }));
        run
    }

    #[test]
    fn a_load_tells_percentiles_what_was_found_and_the_rate_with_the_suggester() {
        let load = Load::of(&run());
        let term = &load.kinds[0];
        assert_eq!((term.queries, term.samples), (2, 4));
        assert_eq!((term.p50, term.p99, term.mean, term.max), (2.0, 4.0, 2.5, 4.0));
        assert_eq!(term.found, 0.5);
        assert_eq!(load.documents_per_second, 50.0);
        let changes = load.changes.expect("there were some");
        assert_eq!((changes.samples, changes.p50, changes.p99), (2, 5.0, 9.0));
    }

    #[test]
    fn the_tables_have_a_column_for_each_engine_that_ran() {
        let mut report = Report {
            products: 100,
            ..Report::default()
        };
        report.load.insert("lucene".to_owned(), Load::of(&run()));
        let score = Score {
            queries: 3,
            ndcg: Some(0.5),
            nothing: 0.25,
        };
        let scores = [("typo".to_owned(), score), (ALL.to_owned(), score)];
        report.quality.insert("lucene".to_owned(), scores.into());
        let table = report.load_table(&["lucene", "fts5"]);
        assert!(table.contains("lucene") && !table.contains("fts5"), "{table}");
        assert!(table.contains("    2.00      4.00         2"), "{table}");
        let table = report.quality_table(&["lucene"]);
        assert!(table.contains("0.5000       25.0"), "{table}");
        assert!(table.find("typo") < table.find("all"), "{table}");
    }
}
