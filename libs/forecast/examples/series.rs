//! Forecasts well-known series from their last 24 origins, 6 steps ahead: each model, and what
//! is chosen at each origin with what was known then. With a Python that has statsforecast it
//! does the same beside. It fails when a goal is missed.
//!
//! ```sh
//! make bench-series
//! ```

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use xlcfi_forecast::{Model, Options, Series, forecast, mase, scale};

const HORIZON: usize = 6;
const ORIGINS: usize = 24;
const PERIOD: usize = 12;
const LEVEL: f64 = 0.8;
const NAMES: [&str; 6] = [
    "FrozenJuice",
    "PepperBlack",
    "PepperWhite",
    "AirPassengers",
    "wineind",
    "a10",
];

/// What statsforecast is known to reach on AirPassengers.
const LISTED: [(Model, f64); 2] = [(Model::AutoTheta, 0.7594), (Model::HoltWinters, 1.1631)];
/// How much more than that is as good.
const NEAR: f64 = 1.02;
/// Share of values that bands for 80 % are to hold over all series.
const COVERED: std::ops::RangeInclusive<f64> = 0.75..=0.85;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let python = arguments.next().expect("usage: series PYTHON FOLDER");
    let folder = PathBuf::from(arguments.next().expect("usage: series PYTHON FOLDER"));
    run_python(&python, "unpack", &folder);
    let theirs = oracle(&run_python(&python, "oracle", &folder));
    let series: Vec<(&str, Vec<f64>)> = NAMES.iter().map(|name| (*name, read(&folder, name))).collect();

    println!("MASE over {ORIGINS} origins, {HORIZON} steps ahead; statsforecast after the stroke");
    print!("{:24}", "");
    NAMES.iter().for_each(|name| print!("{name:>16}"));
    println!();
    let mut missed = Vec::new();
    let (mut own_time, mut their_time) = (0.0, 0.0);
    for model in Model::ALL {
        print!("{:24}", model.name());
        for (name, values) in &series {
            let begun = Instant::now();
            let own = each_origin(values, |known| model.forecast(known, PERIOD, HORIZON).unwrap());
            let took = begun.elapsed().as_secs_f64();
            let own = own.iter().sum::<f64>() / own.len() as f64;
            match theirs.get(&((*name).to_owned(), model.name().to_owned())) {
                Some((their, their_took)) => {
                    own_time += took;
                    their_time += their_took;
                    print!("  {own:.4} | {their:.4}");
                }
                None => print!("  {own:.4} |       "),
            }
            let listed = LISTED
                .iter()
                .find(|(of, _)| *of == model && *name == "AirPassengers");
            if let Some((_, listed)) = listed.filter(|(_, listed)| own > listed * NEAR) {
                missed.push(format!(
                    "{} on {name}: {own:.4} is more than 2 % above {listed}",
                    model.name()
                ));
            }
        }
        println!();
    }
    println!("the models both have took {own_time:.1} s here, {their_time:.1} s there\n");

    println!(
        "chosen at each origin       MASE   naive   bands of {LEVEL} held    told   a forecast   models"
    );
    let judged: Vec<Judged> = series.iter().map(|(_, values)| judge(values)).collect();
    let (mut held, mut of) = (0, 0);
    for ((name, _), judged) in series.iter().zip(&judged) {
        let count = judged.held.len();
        let kept = judged.held.iter().filter(|held| **held).count();
        println!(
            "{name:24} {:7.4} {:7.4} {:18.3} {:7.3} {:8.0} ms   {:?}",
            mean(&judged.own),
            mean(&judged.naive),
            kept as f64 / count as f64,
            mean(&judged.told),
            judged.took.as_secs_f64() * 1e3 / ORIGINS as f64,
            judged.models,
        );
        (held, of) = (held + kept, of + count);
        let worse: Vec<f64> = judged
            .own
            .iter()
            .zip(&judged.naive)
            .map(|(own, naive)| own - naive)
            .collect();
        if mean(&worse) > standard_error(&worse) {
            missed.push(format!(
                "{name}: the choice is worse than naive by {:.4}",
                mean(&worse)
            ));
        }
    }
    let share = held as f64 / of as f64;
    println!("{:24} {:7} {:7} {share:18.3}", "overall", "", "");
    if !COVERED.contains(&share) {
        missed.push(format!("bands for 80 % held {share:.3}"));
    }
    if missed.is_empty() {
        println!("\nall goals are reached");
    } else {
        println!("\nmissed: {}", missed.join("; "));
        std::process::exit(1);
    }
}

/// What came of choosing at each origin.
struct Judged {
    own: Vec<f64>,
    naive: Vec<f64>,
    held: Vec<bool>,
    told: Vec<f64>,
    models: BTreeMap<&'static str, u32>,
    took: Duration,
}

fn judge(values: &[f64]) -> Judged {
    let options = Options {
        level: LEVEL,
        budget: Duration::from_secs(60),
        ..Options::default()
    };
    let mut judged = Judged {
        own: Vec::new(),
        naive: Vec::new(),
        held: Vec::new(),
        told: Vec::new(),
        models: BTreeMap::new(),
        took: Duration::ZERO,
    };
    judged.naive = each_origin(values, |known| vec![known[known.len() - 1]; HORIZON]);
    judged.own = each_origin(values, |known| {
        let begun = Instant::now();
        let outlook = forecast(&Series::new(known.to_vec(), PERIOD).unwrap(), HORIZON, &options).unwrap();
        judged.took += begun.elapsed();
        *judged.models.entry(outlook.model.name()).or_default() += 1;
        judged.told.push(outlook.coverage.share());
        let bands = outlook.bands.unwrap();
        let coming = bands.iter().zip(&values[known.len()..]);
        judged.held.extend(coming.map(|(band, value)| band.holds(*value)));
        outlook.points
    });
    judged
}

/// The scaled error at each of the last origins.
fn each_origin(values: &[f64], mut said: impl FnMut(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let last = values.len() - HORIZON;
    let at = |origin: usize| {
        let known = &values[..origin];
        mase(
            &values[origin..origin + HORIZON],
            &said(known),
            scale(known, PERIOD).unwrap(),
        )
    };
    (last + 1 - ORIGINS..=last).map(at).collect()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn standard_error(numbers: &[f64]) -> f64 {
    let middle = mean(numbers);
    let squares: Vec<f64> = numbers.iter().map(|one| (one - middle).powi(2)).collect();
    (mean(&squares) / numbers.len() as f64).sqrt()
}

fn read(folder: &Path, name: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn run_python(python: &str, what: &str, folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/series.py");
    let run = Command::new(python)
        .arg(script)
        .arg(what)
        .arg(folder)
        .env("OMP_NUM_THREADS", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// Error and seconds by series and model.
fn oracle(told: &str) -> HashMap<(String, String), (f64, f64)> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let key = (words[0].to_owned(), words[1].to_owned());
        (key, (words[2].parse().unwrap(), words[3].parse().unwrap()))
    };
    told.lines().map(line).collect()
}
