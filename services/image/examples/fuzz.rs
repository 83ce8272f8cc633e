//! Mutates pictures for so many seconds, or measures what the largest ones take:
//!
//! ```sh
//! cargo run --release --package xlcfi-image --example fuzz -- 60
//! cargo run --release --package xlcfi-image --example fuzz -- memory
//! ```

#![allow(clippy::unwrap_used, dead_code)]

#[path = "../tests/it/mutations.rs"]
mod mutations;
#[path = "../tests/it/pictures.rs"]
mod pictures;

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::time::{Duration, Instant};

use mutations::{mutated, sound};
use pictures::Dice;
use xlcfi_image::{Purpose, make};

fn main() {
    let asked = std::env::args().nth(1).unwrap_or_else(|| "10".into());
    match asked.as_str() {
        "memory" => memory(),
        seconds => fuzz(Duration::from_secs(seconds.parse().unwrap())),
    }
}

fn fuzz(length: Duration) {
    set_hook(Box::new(|_| {}));
    let files = sound(320, 240);
    let (mut dice, begun) = (Dice(begin()), Instant::now());
    let (mut taken, mut refused, mut panicked, mut slowest) = (0, 0, 0, Duration::ZERO);
    while begun.elapsed() < length {
        for file in &files {
            let hostile = mutated(file, &mut dice);
            let one = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| make(&hostile, Purpose::Review))) {
                Ok(Ok(_)) => taken += 1,
                Ok(Err(_)) => refused += 1,
                Err(_) => panicked += 1,
            }
            slowest = slowest.max(one.elapsed());
        }
    }
    println!(
        "{} files: {taken} taken, {refused} refused, {panicked} decoders panicked; the slowest took {} ms; \
         at most {} MiB of memory",
        taken + refused + panicked,
        slowest.as_millis(),
        peak()
    );
}

/// Another seed each time.
fn begin() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.as_nanos() as u64)
}

/// What pictures of 49 million pixels take, beside what is set aside for them.
fn memory() {
    for (kind, file) in [
        "JPEG",
        "progressive JPEG",
        "PNG",
        "PNG of 16 bits",
        "WebP",
        "lossless WebP",
    ]
    .iter()
    .zip(sound(7_000, 7_000))
    {
        let before = forget();
        let begun = Instant::now();
        let made = make(&file, Purpose::Review);
        println!(
            "{kind:18} {:5.1} MB  {:5} MiB above {before}, in {:4.1} s  {}",
            file.len() as f64 / 1e6,
            peak().saturating_sub(before),
            begun.elapsed().as_secs_f64(),
            made.map_or_else(|flaw| flaw.to_string(), |_| "taken".into()),
        );
    }
}

/// Lets the peak begin anew; MiB in use now.
fn forget() -> u64 {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    peak()
}

/// Most memory in use so far, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}
