//! The one way queries are timed, for engines that are called from this program; the others do the same in their own
//! language.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use crate::engine::{Answer, Event, Memory, Pace};
use crate::queries::{Kind, Query};

/// Asks all queries, kind by kind: first unmeasured, which gives the answers, then measured.
pub fn ask_all(
    queries: &[Query],
    pace: Pace,
    tell: &mut dyn FnMut(Event),
    mut ask: impl FnMut(&Query) -> anyhow::Result<Answer>,
) -> anyhow::Result<()> {
    let mut kinds: Vec<Kind> = queries.iter().map(|query| query.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<&Query> = queries.iter().filter(|query| query.kind == kind).collect();
        warm(&of_kind, pace, tell, &mut ask)?;
        if pace.passes == 0 {
            continue;
        }
        let (begun, mut micros) = (Instant::now(), Vec::new());
        for _ in 0..pace.passes {
            for query in &of_kind {
                if begun.elapsed() >= pace.budget {
                    break;
                }
                let asked = Instant::now();
                ask(query)?;
                micros.push(asked.elapsed().as_secs_f64() * 1e6);
            }
        }
        tell(Event::Measured { kind, micros });
    }
    Ok(())
}

fn warm(
    queries: &[&Query],
    pace: Pace,
    tell: &mut dyn FnMut(Event),
    ask: &mut impl FnMut(&Query) -> anyhow::Result<Answer>,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    for pass in 0.. {
        for query in queries {
            if pace.passes > 0 && begun.elapsed() >= pace.budget / 2 {
                return Ok(());
            }
            let answer = ask(query)?;
            if pass == 0 {
                tell(Event::Answer(answer));
            }
        }
        if pace.passes == 0 || begun.elapsed() >= pace.warm {
            return Ok(());
        }
    }
    Ok(())
}

/// The time below which this share (0 to 1) of the times lies, by nearest rank; 0 of none.
pub fn percentile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.clamp(1, sorted.len().max(1)) - 1)
        .copied()
        .unwrap_or(0.0)
}

/// Memory of a process of this machine.
pub fn memory(pid: &str) -> anyhow::Result<Memory> {
    Ok(Memory {
        resident_kib: status(pid, "VmRSS:")?,
        anonymous_kib: status(pid, "RssAnon:")?,
    })
}

/// One KiB value of `/proc/<pid>/status`.
pub fn status(pid: &str, name: &str) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.split_whitespace().next());
    value
        .with_context(|| format!("no {name} of {pid}"))?
        .parse()
        .context("not a number")
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &Path) -> anyhow::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let (entry, about) = entry.and_then(|entry| entry.metadata().map(|about| (entry, about)))?;
        sum += if about.is_dir() {
            bytes_below(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn query(text: &str) -> Query {
        Query {
            kind: Kind::Term,
            text: text.to_owned(),
        }
    }

    fn told(pace: Pace) -> (Vec<Event>, usize) {
        let (mut events, mut asked) = (Vec::new(), 0);
        ask_all(
            &[query("감자"), query("무")],
            pace,
            &mut |event| events.push(event),
            |query| {
                asked += 1;
                Ok(Answer::to(query))
            },
        )
        .unwrap();
        (events, asked)
    }

    #[test]
    fn each_query_answers_once_and_is_measured_in_every_pass() {
        let pace = Pace {
            passes: 3,
            warm: Duration::ZERO,
            budget: Duration::from_secs(60),
        };
        let (events, asked) = told(pace);
        assert_eq!(asked, 2 + 6);
        assert_eq!(events.len(), 3);
        assert!(matches!(&events[2], Event::Measured { kind: Kind::Term, micros } if micros.len() == 6));
    }

    #[test]
    fn without_passes_there_are_answers_alone() {
        let pace = Pace {
            passes: 0,
            warm: Duration::ZERO,
            budget: Duration::ZERO,
        };
        let (events, asked) = told(pace);
        assert_eq!((events.len(), asked), (2, 2));
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&times, 0.5), 100.0);
        assert_eq!(percentile(&times, 0.99), 198.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
