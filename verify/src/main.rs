#![doc = include_str!("../README.md")]

mod options;
mod report;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use options::{Asked, Options};
use xlcfi_proof::{Bundle, Trust, VerifierKey};

fn main() -> ExitCode {
    let (text, code) = match options::read(std::env::args_os()) {
        Ok(Asked::Help) => (options::HELP.to_owned(), 0),
        Ok(Asked::Check(options)) => check(&options),
        Err(problem) => (format!("{problem}\n"), 2),
    };
    let written = match code {
        2 => std::io::stderr().write_all(text.as_bytes()),
        _ => std::io::stdout().write_all(text.as_bytes()),
    };
    match written {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}

/// What is printed, and the exit code.
fn check(options: &Options) -> (String, u8) {
    let cannot = |problem: report::Cannot| (problem.say(options.language), 2);
    let key = match key(&options.key) {
        Some(key) => key,
        None => return cannot(report::Cannot::Key),
    };
    let file = match file(&options.file) {
        Ok(file) => file,
        Err(error) => return cannot(report::Cannot::File(options.file.display().to_string(), error)),
    };
    let read = Bundle::read(&file);
    let trust = Trust {
        key,
        block: options.block,
    };
    let checked = read.and_then(|bundle| bundle.check(&trust).map(|verdict| (bundle, verdict)));
    let code = u8::from(checked.is_err());
    (report::report(options, &checked), code)
}

/// The key, from the option itself or from a file it names.
fn key(text: &str) -> Option<VerifierKey> {
    text.parse().ok().or_else(|| {
        let read = std::fs::read_to_string(text).ok()?;
        read.trim().parse().ok()
    })
}

fn file(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut file = Vec::new();
    std::io::stdin().read_to_end(&mut file)?;
    Ok(file)
}
