//! What each engine finds for one text, to look at.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;

use crate::bench::{UNMEASURED, done, job};
use crate::engine::{Answer, Engine};
use crate::product::Product;
use crate::queries::{Kind, Query};
use crate::report::Report;

/// Asks every engine for `text` as a query of every kind, over so many products, and prints what is found.
pub(crate) fn show(
    engines: &[Engine],
    folder: &Path,
    (products, count): (&Path, u64),
    text: &str,
) -> anyhow::Result<()> {
    let kinds = Kind::MEASURED.into_iter().chain([Kind::Search]);
    let queries: Vec<Query> = kinds
        .map(|kind| Query {
            kind,
            text: text.to_owned(),
        })
        .collect();
    let names = names(products)?;
    for engine in engines {
        let job = job(folder, engine, (products, count), &queries, 1, UNMEASURED)?;
        let run = done(engine, &job, &mut Report::default())?;
        for answer in run.iter().flat_map(|run| &run.answers) {
            println!("{}, {}:", engine.name, answer.kind.name());
            print(answer, &names)?;
        }
        std::fs::remove_dir_all(&job.folder)?;
    }
    Ok(())
}

/// Names of products in the order of their ids.
fn names(products: &Path) -> anyhow::Result<Vec<String>> {
    let name = |line: std::io::Result<String>| Ok(serde_json::from_str::<Product>(&line?)?.name);
    BufReader::new(File::open(products)?).lines().map(name).collect()
}

fn print(answer: &Answer, names: &[String]) -> anyhow::Result<()> {
    for id in &answer.ids {
        let at = usize::try_from(*id)?.checked_sub(1);
        let name = at.and_then(|at| names.get(at));
        println!("  {id:>8} {}", name.with_context(|| format!("no product {id}"))?);
    }
    for text in &answer.texts {
        println!("  {text}");
    }
    for (dimension, values) in &answer.facets {
        println!("  {dimension}: {values:?}");
    }
    Ok(())
}
