//! `segment <dictionary> [whole|parts|mixed] [all]`: shows the tokens of each line of the standard input; with
//! `all` those the index leaves out, too.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use xlcfi_korean::{Analyzer, Dictionary, Mode, Tags};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().map_or(".tools/dictionary", String::as_str);
    let mode = match arguments.get(1).map(String::as_str) {
        Some("whole") => Mode::Whole,
        Some("parts") => Mode::Parts,
        _ => Mode::Mixed,
    };
    let stop = if arguments.get(2).is_some_and(|stop| stop == "all") {
        Tags::EMPTY
    } else {
        Tags::DEFAULT_STOP
    };
    let analyzer = Analyzer::new(Arc::new(Dictionary::open(Path::new(folder))?)).with_stop_tags(stop);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut tokens = String::new();
        analyzer.analyze(&line, mode, |token| {
            tokens.push_str(&format!(
                " {}/{}@{}",
                token.text,
                token.tag.name(),
                token.position
            ));
        });
        writeln!(out, "{line}\n   {tokens}")?;
    }
    Ok(())
}
