//! The golden set put to every engine.

use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::bench::{UNMEASURED, done, job};
use crate::engine::{Answer, Engine};
use crate::golden::{self, Judged};
use crate::product;
use crate::queries::{Kind, Query};
use crate::report::Report;

/// Lets every engine answer the golden set over the demo catalogue.
pub fn judge(
    engines: &[Engine],
    folder: &Path,
    golden_set: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let judged = read(golden_set)?;
    let skus: Vec<String> = product::rows()?.into_iter().map(|row| row.sku).collect();
    let (products, count) = product::write_catalogue(folder)?;
    let ask = |judged: &Judged| Query {
        kind: Kind::Search,
        text: judged.query.clone(),
    };
    let queries: Vec<Query> = judged.iter().map(ask).collect();
    for engine in engines {
        let job = job(folder, engine, (&products, count), &queries, 1, UNMEASURED)?;
        if let Some(run) = done(engine, &job, report)? {
            let found = run.answers.iter().map(|answer| sku_of(answer, &skus));
            let found: Vec<Vec<String>> = found.collect::<anyhow::Result<_>>()?;
            ensure!(
                found.len() == judged.len(),
                "{} left queries unanswered",
                engine.name
            );
            write_judged(folder, engine.name, &judged, &found)?;
            report
                .quality
                .insert(engine.name.to_owned(), golden::scores(&judged, &found));
        }
        std::fs::remove_dir_all(&job.folder)?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<Judged>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    golden::parse(&text).with_context(|| path.display().to_string())
}

fn sku_of(answer: &Answer, skus: &[String]) -> anyhow::Result<Vec<String>> {
    let sku = |id: &u64| {
        let at = usize::try_from(*id)?.checked_sub(1);
        at.and_then(|at| skus.get(at))
            .cloned()
            .with_context(|| format!("no product {id}"))
    };
    answer.ids.iter().map(sku).collect()
}

/// The golden set with what was found and what that is worth, to look at.
fn write_judged(folder: &Path, engine: &str, judged: &[Judged], found: &[Vec<String>]) -> anyhow::Result<()> {
    let mut text = "query\tkind\tndcg\tfound\n".to_owned();
    for (judged, found) in judged.iter().zip(found) {
        let ndcg = golden::ndcg(judged, found).map_or_else(|| "-".to_owned(), |ndcg| format!("{ndcg:.4}"));
        text += &format!("{}\t{}\t{ndcg}\t{}\n", judged.query, judged.kind, found.join(" "));
    }
    Ok(std::fs::write(folder.join(format!("{engine}-golden.tsv")), text)?)
}
