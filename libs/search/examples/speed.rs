//! `speed <products.jsonl> <queries.jsonl> [<folder> [<kind>]]`: indexes what `bench-search` generated and asks each of its queries
//! five times: documents a second, p50 and p99 by kind of the best time of each query, memory, the time from a change to its being found.

#[path = "../tests/it/catalogue.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod catalogue;

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use catalogue::{TODAY, analyzer, id_of};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_korean::Synonyms;
use xlcfi_search::{Change, Facet, Food, Index, Options, Query};

/// Products are put in so many at a time.
const BATCH: usize = 1_000;

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = arguments
        .get(2)
        .cloned()
        .unwrap_or_else(|| std::env::temp_dir().join("xlcfi-search-speed"));
    let fresh = !folder.exists();
    let options = Options {
        memory: 200_000_000,
        ..Options::default()
    };
    let began = Instant::now();
    let index = Index::open(&folder, analyzer(), Synonyms::food(), &options).expect("the index opens");
    println!("opened in {:.1} ms", millis(began.elapsed()));
    if fresh {
        load(&index, &arguments[0]);
    }
    println!(
        "{} products, {} MB resident, {} MB of it anonymous",
        index.len(),
        memory("VmRSS"),
        memory("RssAnon")
    );
    ask(
        &index,
        &arguments[1],
        arguments.get(3).and_then(|kind| kind.to_str()),
    );
    fresh_products(&index);
    println!(
        "{} MB resident, {} MB of it anonymous",
        memory("VmRSS"),
        memory("RssAnon")
    );
}

fn load(index: &Index, path: &PathBuf) {
    let began = Instant::now();
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the products are there"));
    let mut batch = Vec::with_capacity(BATCH);
    let mut count = 0u64;
    for line in file.lines() {
        batch.push(product(&line.expect("a line")));
        count += 1;
        if batch.len() == BATCH {
            index.apply(&batch, count).expect("changes are applied");
            batch.clear();
        }
    }
    index.apply(&batch, count).expect("changes are applied");
    println!("applied in {:.1} s", began.elapsed().as_secs_f64());
    index.commit().expect("changes are committed");
    println!("committed in {:.1} s", began.elapsed().as_secs_f64());
    index.settle().expect("the index settles");
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "indexed in {seconds:.1} s: {:.0} a second",
        count as f64 / seconds
    );
}

fn product(line: &str) -> Change {
    let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| value[name].as_i64().unwrap_or_default();
    let names = text("category_name");
    Change::Put(Box::new(Food {
        id: Uuid::from_u128(number("id") as u128),
        version: 1,
        name: text("name"),
        name_en: text("name_en"),
        description: text("description"),
        unit: String::new(),
        category: vec![
            id_of(names.rsplit(' ').next().unwrap_or_default()),
            id_of(&text("category")),
        ],
        category_names: names.split(' ').rev().map(str::to_owned).collect(),
        origin: text("origin"),
        storage: match value["storage"].as_str() {
            Some("FROZEN") => 1,
            Some("REFRIGERATED") => 2,
            Some("ROOM") => 3,
            _ => 4,
        },
        allergens: Vec::new(),
        seller: id_of(&value["seller"].to_string()),
        price: number("price"),
        in_stock: value["in_stock"].as_bool().unwrap_or_default(),
        use_by: value["use_by_days"]
            .as_i64()
            .map(|days| TODAY + time::Duration::days(days)),
        rating: value["rating"].as_f64().unwrap_or_default() as f32,
        ratings: 10,
        sales: number("sales") as u64,
        created: OffsetDateTime::from_unix_timestamp(number("created")).expect("a time"),
        payload: Vec::new(),
    }))
}

fn ask(index: &Index, path: &PathBuf, only: Option<&str>) {
    let queries: Vec<(String, String)> = std::fs::read_to_string(path)
        .expect("the queries are there")
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|value| {
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            (text("kind"), text("text"))
        })
        .filter(|(kind, _)| only.is_none_or(|only| kind == only))
        .collect();
    let mut best = vec![Duration::MAX; queries.len()];
    let mut nothing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pass in 0..6 {
        for ((kind, text), best) in queries.iter().zip(&mut best) {
            let began = Instant::now();
            let found = if kind == "suggestion" {
                index.suggest(text, 10).expect("suggestions").len() as u64
            } else {
                index.search(&query(kind, text)).expect("an answer").total
            };
            if pass > 0 {
                *best = began.elapsed().min(*best);
            } else if found == 0 {
                nothing.entry(kind).or_default().push(text);
            }
        }
    }
    let mut times: BTreeMap<&str, Vec<(Duration, &str)>> = BTreeMap::new();
    for ((kind, text), best) in queries.iter().zip(best) {
        times.entry(kind).or_default().push((best, text));
    }
    for (kind, mut times) in times {
        times.sort();
        let at = |share: f64| millis(times[((times.len() as f64 * share) as usize).min(times.len() - 1)].0);
        let mean = times.iter().map(|(time, _)| millis(*time)).sum::<f64>() / times.len() as f64;
        let worst: Vec<&str> = times.iter().rev().take(8).map(|(_, text)| *text).collect();
        let nothing = nothing.get(kind).map_or(&[][..], Vec::as_slice);
        println!(
            "{kind:12} mean {mean:7.3} p50 {:7.3} p99 {:7.3} max {:7.3} ms, nothing {}: {:?}, slowest {worst:?}",
            at(0.5),
            at(0.99),
            at(1.0),
            nothing.len(),
            &nothing[..nothing.len().min(8)]
        );
        if only.is_some() {
            for (time, text) in times.iter().rev().take(8) {
                let answer = index.search(&query(kind, text)).expect("an answer");
                println!("{text} {:.3} ms, {} products", millis(*time), answer.total);
                println!("{}", index.explain(text).expect("an explanation"));
            }
        }
    }
}

fn query(kind: &str, text: &str) -> Query {
    let mut query = Query::new(text, TODAY);
    query.limit = 10;
    query.bare = true;
    if kind == "facet" {
        query.filter.in_stock = true;
        query.facets = vec![Facet::Category, Facet::Origin, Facet::Storage, Facet::PriceBand];
    }
    query
}

/// The time from a change to its being found.
fn fresh_products(index: &Index) {
    let mut times = Vec::new();
    for number in 0..200u64 {
        let line = format!(
            r#"{{"id": {}, "name": "새로운 감자 {number}호 10kg"}}"#,
            5_000_000 + number % 150
        );
        let Change::Put(mut food) = product(&line) else {
            continue;
        };
        food.version = OffsetDateTime::now_utc().unix_timestamp_nanos() as u64;
        let began = Instant::now();
        index.apply(&[Change::Put(food)], number).expect("a change");
        index.commit().expect("a commit");
        assert!(
            index
                .search(&Query::new(format!("새로운 {number}호"), TODAY))
                .expect("an answer")
                .total
                > 0
        );
        times.push(began.elapsed());
    }
    times.sort();
    println!(
        "write to searchable p50 {:.1} p99 {:.1} ms",
        millis(times[100]),
        millis(times[197])
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Megabytes, by the kernel's account.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
