//! `speed <dictionary> <file>...`: megabytes a second of the analysis over the text of the files, repeated.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use xlcfi_korean::{Analyzer, Dictionary, Mode, bigrams};

/// Text analyzed in each round, and how many rounds: the fastest counts.
const BYTES: usize = 1 << 15;
const ROUNDS: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, files) = arguments
        .split_first()
        .ok_or("usage: speed <dictionary> <file>...")?;
    let before = resident();
    let began = Instant::now();
    let dictionary = Arc::new(Dictionary::open(Path::new(folder))?);
    println!(
        "opened {} words in {:.2} ms",
        dictionary.len(),
        began.elapsed().as_secs_f64() * 1e3
    );
    let analyzer = Analyzer::new(dictionary);
    analyzer.analyze("감자 수미 10kg", Mode::Mixed, |_| ());
    println!("resident after first use: {}", since(before));

    let mut lines = Vec::new();
    for file in files {
        lines.extend(std::fs::read_to_string(file)?.lines().map(str::to_owned));
    }
    let size: usize = lines.iter().map(String::len).sum();
    let times = BYTES.div_ceil(size.max(1));
    let megabytes = (size * times) as f64 / 1e6;
    let measure = |name: &str, work: &dyn Fn(&str) -> usize| {
        let mut best = f64::MAX;
        let mut tokens = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            tokens = (0..times).flat_map(|_| &lines).map(|line| work(line)).sum();
            best = best.min(began.elapsed().as_secs_f64());
        }
        println!(
            "{name:8} {:6.1} MB/s  {:5.2} M tokens/s  ({:.1} MB, {} tokens)",
            megabytes / best,
            tokens as f64 / best / 1e6,
            megabytes,
            tokens
        );
    };
    for (name, mode) in [
        ("whole", Mode::Whole),
        ("parts", Mode::Parts),
        ("mixed", Mode::Mixed),
    ] {
        measure(name, &|line| {
            let mut tokens = 0;
            analyzer.analyze(line, mode, |token| {
                black_box(token);
                tokens += 1;
            });
            tokens
        });
    }
    measure("bigrams", &|line| {
        let mut tokens = 0;
        bigrams(line, |token| {
            black_box(token);
            tokens += 1;
        });
        tokens
    });
    println!("resident at the end: {}", since(before));
    for piece in ["가", "이", "뷁", "1,", "a", "一", "\u{301}", "🥔", "ㄱ", "이 "] {
        let text = piece.repeat(10_240 / piece.len());
        let times = (0..ROUNDS).map(|_| {
            let began = Instant::now();
            analyzer.analyze(&text, Mode::Mixed, |token| {
                black_box(token);
            });
            began.elapsed()
        });
        println!(
            "10 KB of {piece:?}: {:.2} ms",
            times.min().unwrap_or_default().as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// What has become resident since `before`.
fn since(before: (f64, f64)) -> String {
    let (own, mapped) = resident();
    format!(
        "+{:.1} MB of its own, +{:.1} MB of mapped files",
        own - before.0,
        mapped - before.1
    )
}

/// Resident memory of this process in megabytes: its own, and of files that are mapped and shared; 0 where the
/// system does not say.
fn resident() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
        kilobytes.unwrap_or(0.0) / 1024.0
    };
    (megabytes("RssAnon:"), megabytes("RssFile:"))
}
