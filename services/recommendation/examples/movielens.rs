//! Accuracy on MovieLens-100K, training time next to Python's `implicit`, and what an
//! answer takes with 20,000 products. Fails when a goal is missed.
//!
//! movielens <ml-100k.inter> <python with implicit> <folder for files>

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use time::macros::date;
use uuid::Uuid;
use xlcfi_recommendation::answer::Desk;
use xlcfi_recommendation::catalogue::{Card, Catalogue};
use xlcfi_recommendation::experiment::Strategy;
use xlcfi_recommendation::interaction::{Interaction, Past};
use xlcfi_recommendation::live::Snapshot;
use xlcfi_recommendation::model::measure::{held_out, ndcg, recall, splitmix64};
use xlcfi_recommendation::model::top::{Scored, best};
use xlcfi_recommendation::model::trained::{Scorer, Trained};
use xlcfi_recommendation::model::{Calibration, Matrix, Neighbours, Tree, als, cosine, ease};
use xlcfi_recommendation::rerank::Wanted;
use xlcfi_types::Id;

type Failure = Box<dyn std::error::Error>;

/// Places of an answer that count.
const PLACES: usize = 10;
/// Rounds of which the fastest counts: others may use the machine, too.
const ROUNDS: usize = 5;
const ALS: als::Settings = als::Settings {
    factors: 32,
    regularization: 50.0,
    alpha: 10.0,
    iterations: 15,
    seed: 1,
};
/// Products of the synthetic catalogue.
const CATALOGUE: u32 = 20_000;
const LATENCY_GOAL: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    match run() {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            for goal in missed {
                println!("missed: {goal}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Vec<String>, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [ratings, python, folder] = arguments.as_slice() else {
        return Err("say where the ratings, Python and a folder for files are".into());
    };
    let mut missed = Vec::new();
    let data = Data::load(Path::new(ratings))?;
    println!(
        "MovieLens-100K: {} users, {} items, {} to learn from, {} held back",
        data.train.rows(),
        data.train.columns(),
        data.train.len(),
        data.test.len()
    );
    accuracy(&data, &mut missed)?;
    training(&data, python, Path::new(folder), &mut missed)?;
    latency(&mut missed)?;
    Ok(missed)
}

/// What users rated, parted by the hash of user and item.
struct Data {
    train: Matrix,
    of_items: Matrix,
    test: Matrix,
}

impl Data {
    fn load(path: &Path) -> Result<Self, Failure> {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        let (mut users, mut items) = (0, 0);
        for line in std::fs::read_to_string(path)?.lines().skip(1) {
            let mut fields = line.split('\t');
            let mut id = || -> Result<u32, Failure> { Ok(fields.next().ok_or("a line is short")?.parse()?) };
            let (user, item) = (id()?, id()?);
            (users, items) = (users.max(user), items.max(item));
            let part = if held_out(user, item, 5) {
                &mut test
            } else {
                &mut train
            };
            part.push((user - 1, item - 1, 1.0));
        }
        let train = Matrix::from_entries(users as usize, items as usize, &train);
        Ok(Self {
            of_items: train.transposed(),
            test: Matrix::from_entries(users as usize, items as usize, &test),
            train,
        })
    }

    /// Mean recall and NDCG of everybody something is held back of.
    fn judge(&self, scores: impl Fn(usize) -> Vec<f32>) -> (f64, f64) {
        let (mut recalls, mut ndcgs, mut users) = (0.0, 0.0, 0.0);
        for user in 0..self.test.rows() {
            let wanted = self.test.indices(user);
            if !wanted.is_empty() {
                let ranked: Vec<Scored> = best(&scores(user), self.train.indices(user), PLACES);
                recalls += recall(&ranked, wanted, PLACES);
                ndcgs += ndcg(&ranked, wanted, PLACES);
                users += 1.0;
            }
        }
        (recalls / users, ndcgs / users)
    }
}

fn accuracy(data: &Data, missed: &mut Vec<String>) -> Result<(), Failure> {
    println!(
        "\n{:32} {:>10} {:>8} {:>16}",
        "held back, first 10", "recall", "NDCG", "goal"
    );
    let mut tell = |name: &str, (recall, ndcg): (f64, f64), (recall_goal, ndcg_goal): (f64, f64)| {
        println!("{name:32} {recall:>10.5} {ndcg:>8.5} {recall_goal:>8.4} {ndcg_goal:>7.4}");
        // Goals have four digits.
        if recall + 0.00005 < recall_goal || ndcg + 0.00005 < ndcg_goal {
            missed.push(format!("{name}: recall {recall:.5}, NDCG {ndcg:.5}"));
        }
    };
    let popular: Vec<f32> = (0..data.of_items.rows())
        .map(|item| data.of_items.indices(item).len() as f32)
        .collect();
    tell("popular", data.judge(|_| popular.clone()), (0.1215, 0.2270));
    let near = cosine(&data.of_items, &data.train, 50).turned();
    tell(
        "cosine of items, 50 neighbours",
        data.judge(|user| near.scores(data.train.row(user))),
        (0.2080, 0.3833),
    );
    let als = als::train(&data.train, &data.of_items, &ALS);
    tell(
        "ALS, 32 factors",
        data.judge(|user| als.scores(&als.fold_in(data.train.row(user)))),
        (0.2432, 0.4348),
    );
    let ease = ease::train(&data.train, &data.of_items, 500.0).ok_or("EASE cannot be trained")?;
    tell(
        "EASE, λ 500",
        data.judge(|user| ease.scores(data.train.row(user))),
        (0.2440, 0.4510),
    );
    let kept = ease.strongest(ease::kept(ease.items()));
    tell(
        "EASE, as kept by the service",
        data.judge(|user| kept.scores(data.train.row(user))),
        (0.2440, 0.4510),
    );
    Ok(())
}

/// Trains the same on one thread and on all, next to `implicit`.
fn training(data: &Data, python: &str, folder: &Path, missed: &mut Vec<String>) -> Result<(), Failure> {
    let write = |name: &str, matrix: &Matrix| -> Result<String, Failure> {
        let mut text = String::new();
        for user in 0..matrix.rows() {
            for item in matrix.indices(user) {
                writeln!(text, "{user},{item}")?;
            }
        }
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let (train, test) = (write("train.csv", &data.train)?, write("test.csv", &data.test)?);
    let cores = std::thread::available_parallelism()?.get();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/implicit_als.py");
    println!(
        "\n{:32} {:>12} {:>12} {:>10} {:>8}",
        "training ALS", "here", "implicit", "recall", "NDCG"
    );
    for threads in [1, cores] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let ours = (0..ROUNDS).map(|_| {
            let begun = Instant::now();
            pool.install(|| als::train(&data.train, &data.of_items, &ALS));
            begun.elapsed().as_secs_f64()
        });
        let ours = ours.fold(f64::MAX, f64::min);
        let numbers =
            [data.train.rows(), data.train.columns(), threads, ROUNDS].map(|number| number.to_string());
        let told = Command::new(python)
            .args([script, &train, &test])
            .args(numbers)
            .env("OPENBLAS_NUM_THREADS", "1")
            .output()?;
        if !told.status.success() {
            return Err(String::from_utf8_lossy(&told.stderr).into());
        }
        let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
        let number = |name: &str| told[name].as_f64().ok_or("implicit told nothing");
        let (theirs, recall, ndcg) = (number("seconds")?, number("recall")?, number("ndcg")?);
        println!(
            "{:32} {:>10.1}ms {:>10.1}ms {recall:>10.5} {ndcg:>8.5}",
            format!("{threads} threads, best of {ROUNDS}"),
            ours * 1e3,
            theirs * 1e3
        );
        if ours > theirs {
            missed.push(format!(
                "training on {threads} threads takes {ours:.3} s, implicit {theirs:.3} s"
            ));
        }
    }
    let begun = Instant::now();
    ease::train(&data.train, &data.of_items, 500.0).ok_or("EASE cannot be trained")?;
    println!(
        "EASE on one thread: {:.1} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}

/// What an answer takes without its one query: the model's 200 best for 20 products behind
/// somebody, what can be had, turns of categories, reasons.
fn latency(missed: &mut Vec<String>) -> Result<(), Failure> {
    let taken = (0..600_000_u64).map(|at| ((at / 30) as u32, draw(at), 1.0));
    let of_users = Matrix::from_entries(20_000, CATALOGUE as usize, &taken.collect::<Vec<_>>());
    let of_items = of_users.transposed();
    let settings = als::Settings { iterations: 3, ..ALS };
    let als = als::train(&of_users, &of_items, &settings);
    let weights = (0..u64::from(CATALOGUE)).map(|item| {
        let weight = |place: u64| Scored {
            item: (splitmix64(item << 20 | place) % u64::from(CATALOGUE)) as u32,
            score: 1.0 / (place + 1) as f32,
        };
        (0..200).map(weight).collect()
    });
    let ease = Neighbours::of(&weights.collect::<Vec<_>>());
    let near = cosine(&of_items, &of_users, 50);
    println!(
        "\n{:48} {:>10} {:>10}",
        format!("an answer among 20,000 products, best of {ROUNDS}"),
        "p50",
        "p99"
    );
    let mut tell = |name: &str, scorer: Scorer| {
        let snapshot = shop(scorer, near.clone());
        let wanted = Wanted {
            most: 10,
            ..Wanted::default()
        };
        let desk = Desk {
            snapshot: &snapshot,
            wanted: &wanted,
            today: date!(2026 - 05 - 01),
        };
        let rounds = (0..ROUNDS as u64).map(|round| answers(&desk, round));
        let (half, most) = rounds.min_by_key(|round| round.1).unwrap_or_default();
        println!(
            "{name:48} {:>8.3}ms {:>8.3}ms",
            half.as_secs_f64() * 1e3,
            most.as_secs_f64() * 1e3
        );
        if most > LATENCY_GOAL {
            missed.push(format!("{name}: p99 {most:?}"));
        }
    };
    tell("ALS with fold-in, trained on 600,000 pairs", Scorer::Als(als));
    tell("EASE, 200 weights each, generated", Scorer::Ease(ease));
    Ok(())
}

/// A number of a product; small ones are drawn more often, as some products are.
fn draw(at: u64) -> u32 {
    let unit = (splitmix64(at) >> 11) as f64 / (1_u64 << 53) as f64;
    (f64::from(CATALOGUE).powf(unit) - 1.0) as u32
}

/// What half of 2,000 answers take at most, and what all but one of a hundred do.
fn answers(desk: &Desk<'_>, round: u64) -> (Duration, Duration) {
    let past = |call: u64| -> Vec<Past> {
        let one = |at: u64| Past {
            product: product(draw((round << 40) + 1_000_000 + call * 20 + at)),
            interaction: Interaction {
                orders: 1,
                ..Interaction::default()
            },
        };
        (0..20).map(one).collect()
    };
    let answer = |call: u64| {
        let past = past(call);
        let begun = Instant::now();
        assert_eq!(black_box(desk.recommend(Strategy::Model, &past)).len(), 10);
        begun.elapsed()
    };
    let mut times: Vec<Duration> = (0..2_000).map(answer).collect();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn product(number: u32) -> Uuid {
    Uuid::from_u64_pair(2, splitmix64(u64::from(number)))
}

/// A shop with 200 categories, in which a tenth is sold out.
fn shop(scorer: Scorer, near: Neighbours) -> Snapshot {
    let card = |number: u32| Card {
        category: Some(Uuid::from_u64_pair(3, u64::from(number % 200))),
        name: format!("상품 {number}"),
        published: true,
        in_stock: !number.is_multiple_of(10),
        buyers: i64::from(CATALOGUE - number),
        ..Card::default()
    };
    let cards = (0..CATALOGUE).map(|number| (product(number), card(number)));
    let products = (0..CATALOGUE).map(product).collect();
    let (none, nothing) = (Calibration::default(), Calibration::default());
    let model = Trained::new(products, scorer, near, none, nothing);
    Snapshot {
        catalogue: Arc::new(Catalogue::new(cards.collect(), Tree::default(), 20_000)),
        model: Some((Id::new(), Arc::new(model))),
        experiment: None,
    }
}
