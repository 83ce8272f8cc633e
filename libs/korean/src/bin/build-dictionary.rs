//! `build-dictionary <source> <words> <tools>`: compiles the dictionary into `<tools>/dictionary-<hash>` unless it
//! is there, and points `<tools>/dictionary` at it.

use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::time::Instant;

use xlcfi_korean::compile::{CompileError, compile};
use xlcfi_korean::{Dictionary, own_words};

/// How many compiled dictionaries stay beside the current one.
const KEPT: usize = 3;

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [source, words, tools] = arguments.as_slice() else {
        eprintln!("usage: build-dictionary <source> <words> <tools>");
        std::process::exit(2);
    };
    if let Err(error) = build(source, words, tools) {
        eprintln!("dictionary: {error}");
        std::process::exit(1);
    }
}

fn build(source: &Path, words: &Path, tools: &Path) -> Result<(), CompileError> {
    let own = own_words::read_folder(words)?;
    let source = &source.canonicalize().map_err(|error| file(source, &error))?;
    let name = format!("dictionary-{:016x}", fingerprint(source, &own));
    let folder = tools.join(&name);
    if Dictionary::open(&folder).is_err() {
        let began = Instant::now();
        let new = tools.join(format!(".new-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&new).map_err(|error| file(&new, &error))?;
        let compiled = match compile(source, &own, &new) {
            Ok(compiled) => compiled,
            Err(error) => {
                let _ = std::fs::remove_dir_all(&new);
                return Err(error);
            }
        };
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| file(&folder, &error))?;
        }
        std::fs::rename(&new, &folder).map_err(|error| file(&folder, &error))?;
        println!(
            "dictionary: {} words ({} of our own) ready in {:.1} s",
            compiled.surfaces,
            own.len(),
            began.elapsed().as_secs_f64()
        );
    }
    let link = tools.join("dictionary");
    if std::fs::read_link(&link).is_ok_and(|target| target == Path::new(&name)) {
        return Ok(());
    }
    tidy(tools, &folder);
    let fresh = tools.join(format!(".new-dictionary-link-{}", std::process::id()));
    std::os::unix::fs::symlink(&name, &fresh).map_err(|error| file(&fresh, &error))?;
    std::fs::rename(&fresh, &link).map_err(|error| file(&link, &error))
}

/// Removes compiled dictionaries that nobody will miss: all but `current` and the newest ones.
fn tidy(tools: &Path, current: &Path) {
    let is_old = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path != current && name.starts_with("dictionary-")
    };
    let entries = std::fs::read_dir(tools).into_iter().flatten().flatten();
    let mut old: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_old).collect();
    old.sort_by_key(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok());
    for path in old.iter().rev().skip(KEPT) {
        // What cannot be removed only takes room.
        let _ = std::fs::remove_dir_all(path);
    }
}

/// What the compiled dictionary depends on: the source's folder (which carries its version), our words and
/// what compiles them. FNV-1a, which is the same in every version of every compiler.
fn fingerprint(source: &Path, own: &[own_words::OwnWord]) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for component in source.components().rev().take(2) {
        hash.write(component.as_os_str().as_encoded_bytes());
    }
    let trie = lindera_dictionary::get_version();
    hash.write(format!("{trie} {} {own:?}", xlcfi_korean::compile::FINGERPRINT).as_bytes());
    hash.finish()
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn file(path: &Path, error: &std::io::Error) -> CompileError {
    CompileError::File {
        path: path.display().to_string(),
        cause: error.to_string(),
    }
}
