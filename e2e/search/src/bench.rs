//! The whole bench: data, queries, every engine in turn, tables.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;

use crate::engine::{Answer, Engine, Event, Job, Outcome, Pace, Run};
use crate::generate::Generator;
use crate::product;
use crate::quality;
use crate::queries::{self, Query};
use crate::report::{Load, Report};
use crate::rivals::ENGINES;
use crate::rivals::ours::Child;
use crate::show::show;

/// Indexes generated food products with each engine and measures how fast and how well it answers.
#[derive(Parser)]
#[command(disable_help_subcommand = true)]
pub struct Arguments {
    #[command(subcommand)]
    child: Option<Child>,
    /// Products to generate.
    #[arg(long, default_value_t = 1_000_000)]
    products: u64,
    /// Queries of each kind.
    #[arg(long, default_value_t = 200)]
    queries: usize,
    /// Engines to run, separated by commas; all without it.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Passes over the queries that are measured.
    #[arg(long, default_value_t = 5)]
    passes: u32,
    /// Seconds of measuring after which a kind is cut short.
    #[arg(long, default_value_t = 20)]
    budget: u64,
    /// Threads that index, where the engine can use more than one.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Seed of products and queries.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measure nothing and answer only the golden set.
    #[arg(long)]
    golden: bool,
    /// The judged queries.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/golden.tsv"))]
    golden_set: PathBuf,
    /// Measure nothing and show what each engine finds for this, as a query of every kind; with --golden among the products
    /// of the demo catalogue.
    #[arg(long, value_name = "TEXT")]
    show: Option<String>,
    /// Where data, indexes and results go.
    #[arg(long, default_value = "target/bench-search")]
    folder: PathBuf,
}

/// Runs what was asked for; the tables go to standard output, progress to standard error.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(child) = &arguments.child {
        return child.run();
    }
    let engines = chosen(&arguments.only)?;
    let folder = std::path::absolute(&arguments.folder)?;
    std::fs::create_dir_all(&folder)?;
    if let Some(text) = &arguments.show {
        let (products, count) = if arguments.golden {
            product::write_catalogue(&folder)?
        } else {
            (generated(arguments, &folder)?.1, arguments.products)
        };
        return show(&engines, &folder, (&products, count), text);
    }
    let names: Vec<&str> = engines.iter().map(|engine| engine.name).collect();
    let mut report = Report {
        products: arguments.products,
        ..Report::default()
    };
    if !arguments.golden {
        load(arguments, &engines, &folder, &mut report)?;
        println!("{}", report.load_table(&names));
    }
    quality::judge(&engines, &folder, &arguments.golden_set, &mut report)?;
    println!("{}", report.quality_table(&names));
    for (name, reason) in &report.skipped {
        println!("{name}: {reason}: skipped");
    }
    let results = folder.join("results.json");
    std::fs::write(&results, serde_json::to_vec_pretty(&report)?)?;
    println!("written: {}", results.display());
    Ok(())
}

fn chosen(only: &[String]) -> anyhow::Result<Vec<Engine>> {
    for name in only {
        let known: Vec<&str> = ENGINES.iter().map(|engine| engine.name).collect();
        ensure!(
            known.contains(&name.as_str()),
            "there is no engine {name}; there are {}",
            known.join(", ")
        );
    }
    let wanted = |engine: &&Engine| only.is_empty() || only.iter().any(|name| name == engine.name);
    Ok(ENGINES.iter().filter(wanted).copied().collect())
}

fn load(arguments: &Arguments, engines: &[Engine], folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let (generator, products) = generated(arguments, folder)?;
    let queries = queries::draw(&generator, arguments.seed, arguments.products, arguments.queries)?;
    let pace = Pace {
        passes: arguments.passes,
        warm: Duration::from_secs(2),
        budget: Duration::from_secs(arguments.budget),
    };
    for engine in engines {
        let job = job(
            folder,
            engine,
            (&products, arguments.products),
            &queries,
            arguments.threads,
            pace,
        )?;
        if let Some(run) = done(engine, &job, report)? {
            write_answers(folder, engine.name, &run.answers)?;
            report.load.insert(engine.name.to_owned(), Load::of(&run));
        }
        std::fs::remove_dir_all(&job.folder)?;
    }
    Ok(())
}

pub(crate) const UNMEASURED: Pace = Pace {
    passes: 0,
    warm: Duration::ZERO,
    budget: Duration::ZERO,
};

fn generated(arguments: &Arguments, folder: &Path) -> anyhow::Result<(Generator, PathBuf)> {
    let generator = Generator::new(arguments.seed)?;
    let products = folder.join(format!("products-{}.jsonl", arguments.products));
    let begun = Instant::now();
    generator.write(arguments.products, &products, |done| {
        eprintln!("generated {done} products")
    })?;
    let bytes = std::fs::metadata(&products)?.len();
    eprintln!(
        "{} MiB of products in {:.1} s",
        bytes >> 20,
        begun.elapsed().as_secs_f64()
    );
    Ok((generator, products))
}

pub(crate) fn job(
    folder: &Path,
    engine: &Engine,
    (products, count): (&Path, u64),
    queries: &[Query],
    threads: usize,
    pace: Pace,
) -> anyhow::Result<Job> {
    let own = folder.join(engine.name);
    // A run that was cut short leaves its index behind.
    let _ = std::fs::remove_dir_all(&own);
    std::fs::create_dir_all(&own)?;
    let query_file = own.join("queries.jsonl");
    queries::write(queries, &query_file)?;
    Ok(Job {
        products: products.to_owned(),
        count,
        query_file,
        queries: queries.to_vec(),
        folder: own,
        threads,
        pace,
    })
}

/// Lets the engine do the job and tells how far it is.
pub(crate) fn done(engine: &Engine, job: &Job, report: &mut Report) -> anyhow::Result<Option<Box<Run>>> {
    let begun = Instant::now();
    let mut tell = |event: &Event| {
        let at = begun.elapsed().as_secs();
        match event {
            Event::Progress { documents } => eprintln!("{} {at:>4} s: {documents} products in", engine.name),
            Event::Indexed(indexed) => eprintln!(
                "{} {at:>4} s: {} products indexed in {:.1} s, suggester in {:.1} s",
                engine.name, indexed.documents, indexed.seconds, indexed.suggester_seconds
            ),
            Event::Measured { kind, micros } => {
                eprintln!(
                    "{} {at:>4} s: {} times {}",
                    engine.name,
                    micros.len(),
                    kind.name()
                );
            }
            Event::Changed { micros } => eprintln!("{} {at:>4} s: {} changes", engine.name, micros.len()),
            Event::Version { .. } | Event::Answer(_) | Event::Memory(_) => {}
        }
    };
    match (engine.run)(job, &mut tell).with_context(|| engine.name)? {
        Outcome::Done(run) => Ok(Some(run)),
        Outcome::Skipped(reason) => {
            eprintln!("{}: {reason}: skipped", engine.name);
            report.skipped.insert(engine.name.to_owned(), reason);
            Ok(None)
        }
    }
}

/// What was found for each query, to look at.
fn write_answers(folder: &Path, engine: &str, answers: &[Answer]) -> anyhow::Result<()> {
    let lines: Vec<String> = answers
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    Ok(std::fs::write(
        folder.join(format!("{engine}-answers.jsonl")),
        lines.join("\n") + "\n",
    )?)
}
