//! The file that makes the state survive a restart: one line for each request, holding all its changes, appended before the
//! answer leaves. A line torn by a crash is the last one, belongs to no answer, and is dropped.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::state::{Change, State};

/// Name of the file when a folder is given.
const FILE: &str = "sandbox.jsonl";

/// Where changes go; without a path they are only remembered.
#[derive(Debug)]
pub(crate) struct Journal {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    line: Vec<u8>,
    /// Held as long as the journal is open: two sandboxes on one file would each lose the other's money.
    _lock: File,
}

impl Journal {
    /// Opens the journal, rebuilds the state, and rewrites the file without what has been overtaken.
    pub(crate) fn open(place: Option<&Path>) -> anyhow::Result<(Journal, State)> {
        let Some(place) = place else {
            return Ok((Journal { open: None }, State::default()));
        };
        let path = if place.is_dir() || place.extension().is_none() {
            place.join(FILE)
        } else {
            place.to_owned()
        };
        let shown = path.display().to_string();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create the folder of {shown}"))?;
        }
        let lock =
            File::create(path.with_extension("lock")).with_context(|| format!("cannot lock {shown}"))?;
        if lock.try_lock().is_err() {
            bail!("{shown} is in use by another sandbox");
        }
        let state = replay(&path).with_context(|| format!("cannot read {shown}"))?;
        let file = rewrite(&path, &state).with_context(|| format!("cannot write {shown}"))?;
        Ok((
            Journal {
                open: Some(Open {
                    path,
                    file,
                    line: Vec::new(),
                    _lock: lock,
                }),
            },
            state,
        ))
    }

    /// Adds a change to the line being built.
    pub(crate) fn add(&mut self, change: &Change) -> anyhow::Result<()> {
        if let Some(open) = &mut self.open {
            open.line.push(if open.line.is_empty() { b'[' } else { b',' });
            serde_json::to_writer(&mut open.line, change)?;
        }
        Ok(())
    }

    /// Writes the line, if there is one.
    pub(crate) fn commit(&mut self) -> anyhow::Result<()> {
        if let Some(open) = &mut self.open
            && !open.line.is_empty()
        {
            open.line.extend_from_slice(b"]\n");
            let written = open.file.write_all(&open.line);
            open.line.clear();
            written.with_context(|| format!("cannot write {}", open.path.display()))?;
        }
        Ok(())
    }

    /// Starts over with an empty file.
    pub(crate) fn clear(&mut self) -> anyhow::Result<()> {
        if let Some(open) = &mut self.open {
            open.line.clear();
            open.file = rewrite(&open.path, &State::default())?;
        }
        Ok(())
    }
}

fn replay(path: &Path) -> anyhow::Result<State> {
    let mut state = State::default();
    if !path.exists() {
        return Ok(state);
    }
    let mut lines = BufReader::new(File::open(path)?)
        .split(b'\n')
        .enumerate()
        .peekable();
    while let Some((index, line)) = lines.next() {
        let line = line?;
        match serde_json::from_slice::<Vec<Change>>(&line) {
            Ok(changes) => changes.into_iter().for_each(|change| state.apply(change)),
            Err(_) if lines.peek().is_none() => {}
            Err(error) => bail!("line {}: {error}", index + 1),
        }
    }
    Ok(state)
}

fn rewrite(path: &Path, state: &State) -> anyhow::Result<File> {
    let fresh = path.with_extension("new");
    let mut writer = BufWriter::new(File::create(&fresh)?);
    for change in state.changes() {
        serde_json::to_writer(&mut writer, &[change])?;
        writer.write_all(b"\n")?;
    }
    writer
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(OpenOptions::new().append(true).open(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn place(name: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("xlcfi-sandbox-{name}-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&place).expect("folder");
        place
    }

    fn advance(journal: &mut Journal, offset_seconds: i64) {
        journal
            .add(&Change::Clock(Clock { offset_seconds }))
            .expect("add");
        journal.commit().expect("commit");
    }

    #[test]
    fn the_state_survives_and_a_torn_line_is_dropped() {
        let place = place("torn");
        let (mut journal, _) = Journal::open(Some(&place)).expect("open");
        advance(&mut journal, 5);
        drop(journal);
        let path = place.join(FILE);
        let mut file = OpenOptions::new().append(true).open(&path).expect("file");
        file.write_all(br#"[{"clock":{"offset_sec"#).expect("write");
        let (mut journal, state) = Journal::open(Some(&place)).expect("open again");
        assert_eq!(state.clock.offset_seconds, 5);
        advance(&mut journal, 9);
        drop(journal);
        assert_eq!(
            Journal::open(Some(&place)).expect("third").1.clock.offset_seconds,
            9
        );
        fs::remove_dir_all(place).expect("clean");
    }

    #[test]
    fn a_broken_line_in_the_middle_is_not_passed_over() {
        let place = place("broken");
        fs::write(place.join(FILE), "nonsense\n[]\n").expect("write");
        assert!(Journal::open(Some(&place)).is_err());
        fs::remove_dir_all(place).expect("clean");
    }

    #[test]
    fn a_second_sandbox_is_refused() {
        let place = place("lock");
        let first = Journal::open(Some(&place)).expect("open");
        let refused = Journal::open(Some(&place)).expect_err("refused");
        assert!(refused.to_string().contains("in use"), "{refused}");
        drop(first);
        assert!(Journal::open(Some(&place)).is_ok());
        fs::remove_dir_all(place).expect("clean");
    }

    #[test]
    fn clearing_forgets() {
        let place = place("clear");
        let (mut journal, _) = Journal::open(Some(&place)).expect("open");
        advance(&mut journal, 5);
        journal.clear().expect("clear");
        drop(journal);
        assert_eq!(
            Journal::open(Some(&place)).expect("open").1.clock.offset_seconds,
            0
        );
        fs::remove_dir_all(place).expect("clean");
    }
}
