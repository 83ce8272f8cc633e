//! Lucene with nori, in two Java processes: one indexes, one answers.

use std::process::Command;

use anyhow::ensure;

use super::child::{here, listen, program};
use crate::engine::{Hear, Job, Outcome, Run};
use crate::measure::bytes_below;

/// What a shop's node would have for an index of this size; the rest of the memory is for mapped files.
const HEAP: &str = "-Xmx2g";

pub fn run(job: &Job, tell: &mut Hear<'_>) -> anyhow::Result<Outcome> {
    let (Some(java), Some(javac)) = (program("java"), program("javac")) else {
        return Ok(Outcome::Skipped(
            "not installed: JDK 17 or newer is needed".to_owned(),
        ));
    };
    let jars = xlcfi_parts::find_tools_dir().join("lucene");
    if !jars.is_dir() {
        let reason = format!(
            "not installed: no {}; e2e/search/lucene/fetch.sh gets it",
            jars.display()
        );
        return Ok(Outcome::Skipped(reason));
    }
    let sources = here().join("lucene");
    let classes = job.folder.join("classes");
    let index = job.folder.join("index");
    std::fs::create_dir_all(&index)?;
    let mut compile = Command::new(javac);
    compile.arg("-d").arg(&classes).arg("-cp").arg(jars.join("*"));
    for entry in std::fs::read_dir(sources.join("bench"))? {
        compile.arg(entry?.path());
    }
    ensure!(compile.status()?.success(), "javac refused e2e/search/lucene");

    let main = || {
        let mut command = Command::new(&java);
        let path = std::env::join_paths([classes.clone(), jars.join("*")]);
        command.args([HEAP, "-XX:+UseG1GC", "-cp"]);
        path.map(|path| command.arg(path).arg("bench.Main"))?;
        anyhow::Ok(command)
    };
    let mut run = Run::of(job);
    let mut indexing = main()?;
    indexing.arg("index").arg(&job.products).arg(&index);
    listen(
        indexing.arg(job.threads.to_string()).arg(&sources),
        &mut run,
        tell,
    )?;
    run.index_bytes = bytes_below(&index)?;
    let mut asking = main()?;
    asking.arg("query").arg(&index).arg(&job.query_file).arg(&sources);
    asking.args(job.pace.arguments());
    listen(&mut asking, &mut run, tell)?;
    Ok(Outcome::Done(Box::new(run)))
}
