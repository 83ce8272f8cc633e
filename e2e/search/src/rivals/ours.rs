//! Our own engine, in two processes: one indexes, one answers.

mod change;
mod find;
mod food;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Subcommand;
use xlcfi_korean::{Analyzer, Dictionary, Synonyms};
use xlcfi_search::{Change, Index, Options, SCHEMA_VERSION};

use self::change::until_found;
use self::find::Finder;
use self::food::Foods;
use super::child::listen;
use crate::engine::{Event, Hear, Indexed, Job, Outcome, Pace, Run};
use crate::measure::{ask_all, bytes_below, memory, status};
use crate::queries::Query;

/// Bytes that new documents may take before they are written out, as Lucene's indexer has them.
const BULK: usize = 256_000_000;
const BATCH: usize = 1_000;
/// The caller's, which reads and analyses, and the engine's, which writes.
const THREADS: usize = 2;

pub fn run(job: &Job, tell: &mut Hear<'_>) -> anyhow::Result<Outcome> {
    let dictionary = dictionary();
    if !dictionary.is_dir() {
        let reason = format!(
            "not installed: no {}; run `make dictionary`",
            dictionary.display()
        );
        return Ok(Outcome::Skipped(reason));
    }
    let program = std::env::current_exe()?;
    let index = job.folder.join("index");
    let mut run = Run::of(job);
    let mut indexing = Command::new(&program);
    indexing.arg("ours-index").arg(&job.products).arg(&index);
    listen(&mut indexing, &mut run, tell)?;
    run.index_bytes = bytes_below(&index)?;
    let mut asking = Command::new(&program);
    asking.arg("ours-query").arg(&index).arg(&job.query_file);
    listen(asking.args(job.pace.arguments()), &mut run, tell)?;
    Ok(Outcome::Done(Box::new(run)))
}

/// What a child process does; it prints events as JSON lines.
#[derive(Clone, Debug, Subcommand)]
pub enum Child {
    /// Indexes products.
    #[command(hide = true)]
    OursIndex { products: PathBuf, index: PathBuf },
    /// Answers queries.
    #[command(hide = true)]
    OursQuery {
        index: PathBuf,
        queries: PathBuf,
        passes: u32,
        warm: f64,
        budget: f64,
    },
}

impl Child {
    /// Does it and tells it on standard output.
    pub fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::OursIndex { products, index } => load(products, index),
            Self::OursQuery {
                index,
                queries,
                passes,
                warm,
                budget,
            } => {
                let pace = Pace {
                    passes: *passes,
                    warm: Duration::try_from_secs_f64(*warm)?,
                    budget: Duration::try_from_secs_f64(*budget)?,
                };
                ask(index, queries, pace)
            }
        }
    }
}

fn dictionary() -> PathBuf {
    xlcfi_parts::find_tools_dir().join("dictionary")
}

fn open(folder: &Path, options: &Options) -> anyhow::Result<Index> {
    let analyzer = Analyzer::new(Arc::new(Dictionary::open(&dictionary())?));
    Ok(Index::open(folder, analyzer, Synonyms::food(), options)?)
}

fn tell(event: &Event) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    Ok(std::io::stdout().write_all(&line)?)
}

fn load(products: &Path, folder: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let options = Options {
        memory: BULK,
        ..Options::default()
    };
    let index = open(folder, &options)?;
    let foods = Foods::new()?;
    let mut batch = Vec::with_capacity(BATCH);
    let mut documents = 0;
    for line in BufReader::with_capacity(1 << 20, File::open(products)?).lines() {
        let food = foods.food(serde_json::from_str(&line?)?)?;
        batch.push(Change::Put(Box::new(food)));
        documents += 1;
        if batch.len() == BATCH {
            index.apply(&batch, documents)?;
            batch.clear();
        }
        if documents % 100_000 == 0 {
            tell(&Event::Progress { documents })?;
        }
    }
    index.apply(&batch, documents)?;
    index.commit()?;
    let documents = index.len();
    index.close()?;
    tell(&Event::Indexed(Indexed {
        documents,
        threads: THREADS,
        seconds: begun.elapsed().as_secs_f64(),
        suggester_seconds: 0.0,
        peak_kib: status("self", "VmHWM:")?,
    }))
}

fn ask(folder: &Path, queries: &Path, pace: Pace) -> anyhow::Result<()> {
    tell(&Event::Version {
        text: format!("xlcfi-search, schema {SCHEMA_VERSION}"),
    })?;
    let queries = BufReader::new(File::open(queries)?)
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<anyhow::Result<Vec<Query>>>()?;
    let index = open(folder, &Options::default())?;
    index.settle();
    let finder = Finder::new(index)?;
    let mut told = Ok(());
    let mut hear = |event: Event| {
        if told.is_ok() {
            told = tell(&event);
        }
    };
    ask_all(&queries, pace, &mut hear, |query| finder.find(query))?;
    told?;
    tell(&Event::Memory(memory("self")?))?;
    if pace.passes > 0 {
        let micros = until_found(&finder.index)?;
        tell(&Event::Changed { micros })?;
    }
    Ok(())
}
