//! SQLite's FTS5 with trigrams, in two Python processes: one indexes, one answers.

use std::process::Command;

use super::child::{here, listen, program};
use crate::engine::{Hear, Job, Outcome, Run};
use crate::measure::bytes_below;

pub fn run(job: &Job, tell: &mut Hear<'_>) -> anyhow::Result<Outcome> {
    let Some(python) = program("python3") else {
        return Ok(Outcome::Skipped("not installed: Python 3 is needed".to_owned()));
    };
    let script = here().join("sqlite/main.py");
    let main = || {
        let mut command = Command::new(&python);
        // No compiled files among the sources.
        command.arg("-B").arg(&script);
        command
    };
    let checked = main().arg("check").output()?;
    if !checked.status.success() {
        let reason = String::from_utf8_lossy(&checked.stderr).trim().to_owned();
        return Ok(Outcome::Skipped(format!("not installed: {reason}")));
    }
    let index = job.folder.join("index");
    std::fs::create_dir_all(&index)?;
    let mut run = Run::of(job);
    let mut indexing = main();
    indexing.arg("index").arg(&job.products).arg(&index);
    listen(&mut indexing, &mut run, tell)?;
    run.index_bytes = bytes_below(&index)?;
    let mut asking = main();
    asking.arg("query").arg(&index).arg(&job.query_file);
    listen(asking.args(job.pace.arguments()), &mut run, tell)?;
    Ok(Outcome::Done(Box::new(run)))
}
