//! Makes all renditions of generated pictures, in turns with libvips, one thread each.
//! Time is time on the processor, so that other work on the machine does not count.
//!
//! ```sh
//! make bench-image
//! ```

#![allow(clippy::unwrap_used, dead_code)]

#[path = "../tests/it/pictures.rs"]
mod pictures;

use std::path::Path;
use std::process::Command;

use pictures::{jpeg, photo, png, webp};
use xlcfi_image::{Purpose, make};

const ROUNDS: usize = 5;
/// Pictures of a kind in a round.
const EACH: usize = 4;

fn main() {
    let python = std::env::args().nth(1);
    let folder = std::env::temp_dir().join(format!("xlcfi-image-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files = [
        ("12 MP JPEG", "large.jpg", jpeg(&photo(1, 4_000, 3_000))),
        ("2 MP JPEG", "small.jpg", jpeg(&photo(2, 1_600, 1_200))),
        ("3 MP PNG", "plain.png", png(&photo(3, 2_000, 1_500))),
        ("3 MP WebP", "plain.webp", webp(&photo(4, 2_000, 1_500))),
    ];
    println!("{:12} {:>22} {:>22} {:>7}", "", "here", "libvips", "ratio");
    for (kind, name, file) in &files {
        let path = folder.join(name);
        std::fs::write(&path, file).unwrap();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(here(file));
            theirs.extend(python.as_ref().map(|python| vips(python, &path)));
        }
        let ours = median(ours);
        print!("{kind:12} {}", told(ours));
        match theirs.is_empty() {
            true => println!(),
            false => {
                let theirs = median(theirs);
                println!(" {} {:6.2}x", told(theirs), theirs.0 / ours.0);
            }
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Milliseconds a picture, and bytes of its six renditions.
type Figure = (f64, f64);

fn told((time, bytes): Figure) -> String {
    format!("{:6.1}/s {:5.0} ms {:4.0} kB", 6_000.0 / time, time, bytes / 1e3)
}

fn median(mut figures: Vec<Figure>) -> Figure {
    figures.sort_by(|one, other| one.0.total_cmp(&other.0));
    figures[figures.len() / 2]
}

fn here(file: &[u8]) -> Figure {
    let (begun, mut bytes) = (processor(), 0);
    for _ in 0..EACH {
        let made = make(file, Purpose::Product).unwrap();
        bytes = made
            .renditions
            .iter()
            .map(|rendition| rendition.bytes.len())
            .sum();
    }
    ((processor() - begun) / EACH as f64, bytes as f64)
}

/// Milliseconds this thread has run.
fn processor() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e6
}

fn vips(python: &str, path: &Path) -> Figure {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/vips.py");
    let output = Command::new(python)
        .arg(script)
        .arg(path)
        .arg(EACH.to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
