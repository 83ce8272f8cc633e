//! Engines that run as a child and tell what they do as JSON lines.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::engine::{Event, Hear, Run};

/// Runs the command to its end and takes up what it tells; what it complains of goes to our standard error.
pub fn listen(command: &mut Command, run: &mut Run, tell: &mut Hear<'_>) -> anyhow::Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let output = child.stdout.take().context("no output")?;
    let mut heard = Ok(());
    for line in BufReader::new(output).lines() {
        heard = line.map_err(anyhow::Error::from).and_then(|line| {
            let event: Event = serde_json::from_str(&line).with_context(|| line.clone())?;
            tell(&event);
            run.take(event);
            Ok(())
        });
        if heard.is_err() {
            break;
        }
    }
    if heard.is_err() {
        child.kill()?;
    }
    let ended = child.wait()?;
    heard.with_context(|| format!("what {command:?} told"))?;
    ensure!(ended.success(), "{command:?} ended with {ended}");
    Ok(())
}

/// A program on the PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The folder of this crate's own files that are not Rust.
pub fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(script: &str) -> anyhow::Result<(Run, usize)> {
        let (mut run, mut events) = (Run::default(), 0);
        listen(Command::new("sh").args(["-c", script]), &mut run, &mut |_| {
            events += 1
        })?;
        Ok((run, events))
    }

    #[test]
    fn what_a_child_tells_is_taken_up() {
        let script = r#"echo '{"event":"version","text":"X 1"}'; echo '{"event":"measured","kind":"typo","micros":[2]}'"#;
        let (run, events) = heard(script).unwrap();
        assert_eq!((run.version.as_str(), events), ("X 1", 2));
        assert_eq!(run.micros[&crate::queries::Kind::Typo], [2.0]);
    }

    #[test]
    fn a_child_that_fails_or_talks_nonsense_is_an_error() {
        assert!(heard("exit 3").is_err());
        assert!(heard("echo hello").is_err());
    }
}
