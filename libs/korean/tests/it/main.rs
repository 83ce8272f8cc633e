//! The analysis with the real dictionary, which `make dictionary` compiles.

mod any_text;
mod catalogue;
mod own_words;
mod segmentation;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use xlcfi_korean::{Analyzer, Dictionary, Kind, Mode};

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/dictionary");
    match Dictionary::open(&folder) {
        Ok(dictionary) => Analyzer::new(Arc::new(dictionary)),
        Err(error) => panic!("{error}"),
    }
});

/// The tokens of `text` as words.
fn texts(text: &str, mode: Mode) -> Vec<String> {
    let mut out = Vec::new();
    ANALYZER.analyze(text, mode, |token| out.push(token.text.to_owned()));
    out
}

/// The tokens of `text`, as one line: compounds in brackets before their parts.
fn line(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    ANALYZER.analyze(text, Mode::Mixed, |token| {
        out.push(match token.kind {
            Kind::Compound => format!("[{}]", token.text),
            _ => token.text.to_owned(),
        });
    });
    out.join(" ")
}
