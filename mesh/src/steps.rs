//! Progress, one line a step: what is being done, then how long it took.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

/// Does `work` under a line that says so.
pub(crate) async fn step<T>(name: &str, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let begun = Instant::now();
    let mut out = std::io::stdout();
    let live = out.is_terminal();
    if live {
        // A lost progress line harms nobody.
        let _ = write!(out, "  {name} ...");
        let _ = out.flush();
    }
    let result = work.await;
    let seconds = begun.elapsed().as_secs_f64();
    let clear = if live { "\r\x1b[K" } else { "" };
    let _ = match &result {
        Ok(_) => writeln!(out, "{clear}  {name:<52} {seconds:>6.2} s"),
        Err(_) => writeln!(out, "{clear}  {name:<52} failed"),
    };
    result
}
