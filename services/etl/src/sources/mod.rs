//! What sources are asked, and what their answers say. Nothing here knows the database.

mod asker;
mod haccp;
mod kamis;
mod mfds;
mod nts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::config::Config;
use crate::job::{Job, Kind};
use crate::row::Fields;
use crate::run::{Position, Trouble};

pub use asker::Asker;

/// Rows of a page that are asked for again with the next one: rows move while we walk.
const OVERLAP: usize = 10;
/// Most walks of one run through all rows.
const MOST_PASSES: u8 = 3;

/// One page.
#[derive(Debug, Default)]
pub struct Page {
    pub rows: Vec<Fields>,
    /// Where to go on; none when this was the last.
    pub next: Option<Position>,
    /// Pages there seem to be.
    pub pages_total: usize,
    /// The answers as they came, one a line, with what was asked.
    pub raw: Vec<u8>,
}

/// What may be called, and what was.
#[derive(Debug, Clone)]
pub struct Budget {
    most: u32,
    made: Arc<AtomicU32>,
}

impl Budget {
    /// So many calls.
    pub fn of(most: u32) -> Self {
        Self {
            most,
            made: Arc::default(),
        }
    }

    /// Takes a call.
    pub fn take(&self) -> Result<(), Trouble> {
        match self.made.fetch_add(1, Ordering::Relaxed) < self.most {
            true => Ok(()),
            false => {
                self.made.fetch_sub(1, Ordering::Relaxed);
                Err(Trouble::Quota)
            }
        }
    }

    /// Calls made.
    pub fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    fn left(&self) -> u32 {
        self.most.saturating_sub(self.made())
    }
}

/// Everything that can be asked.
#[derive(Debug, Clone)]
pub struct Sources {
    config: Config,
    asker: Asker,
}

impl Sources {
    /// Those the settings name.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn new(config: Config) -> Result<Self, String> {
        let asker = Asker::new(&config)?;
        Ok(Self { config, asker })
    }

    /// The page at a position.
    pub async fn fetch(&self, job: &Job, position: &Position, budget: &Budget) -> Result<Page, Trouble> {
        let (config, asker) = (&self.config, &self.asker);
        match (job.kind, position) {
            (Kind::Prices, Position::Days { next, last }) => {
                kamis::fetch(config, asker, (*next, *last), budget).await
            }
            (Kind::Businesses, Position::List { next }) => nts::fetch(config, asker, *next, budget).await,
            (_, Position::Rows { next, total, pass }) => {
                let at = At {
                    next: *next,
                    total: *total,
                    pass: *pass,
                };
                match job.source {
                    "HACCP" => haccp::fetch(config, asker, at, budget).await,
                    _ => mfds::fetch(config, asker, job.service, at, budget).await,
                }
            }
            _ => Err(Trouble::Refused(format!(
                "{} cannot go on at {position:?}",
                job.name
            ))),
        }
    }
}

/// Where a walk through rows is.
#[derive(Debug, Clone, Copy)]
struct At {
    next: usize,
    total: Option<usize>,
    pass: u8,
}

impl At {
    /// Where it goes on after a page that began here, had `got` rows of `total`, and could have had `size`.
    fn after(self, got: usize, total: usize, size: usize, overlap: usize) -> Option<Position> {
        let end = self.next + got;
        let before = self.total.unwrap_or(total);
        if got > 0 && end <= total && got > overlap {
            return Some(Position::Rows {
                next: end - overlap,
                total: Some(before),
                pass: self.pass,
            });
        }
        // Rows that came or went while we walked moved others from page to page.
        let moved = total != before && total > size;
        (moved && self.pass < MOST_PASSES).then_some(Position::Rows {
            next: 1,
            total: None,
            pass: self.pass + 1,
        })
    }
}

/// How many pages so many rows are.
fn pages(rows: usize, size: usize, overlap: usize) -> usize {
    rows.saturating_sub(overlap).div_ceil(size - overlap).max(1)
}

/// A line of what is kept of an answer.
fn line(asked: &str, answer: &str) -> Vec<u8> {
    let mut line = serde_json::json!({ "asked": asked, "answer": answer })
        .to_string()
        .into_bytes();
    line.push(b'\n');
    line
}

/// What the gateway before data.go.kr says; it answers in XML, with 200, whatever was asked for.
fn gateway(body: &str) -> Option<Trouble> {
    let code = between(body, "<returnReasonCode>", "<")?.trim();
    let why = format!("gateway code {code}");
    Some(match code {
        "22" => Trouble::Quota,
        "20" | "30" | "31" | "32" | "33" => Trouble::KeyRefused(why),
        "01" | "02" | "04" | "05" | "99" => Trouble::Away(why),
        _ => Trouble::Refused(why),
    })
}

/// What HTTP itself says.
fn by_status(status: u16) -> Result<(), Trouble> {
    let why = format!("HTTP {status}");
    match status {
        200 => Ok(()),
        401 | 403 => Err(Trouble::KeyRefused(why)),
        408 | 429 | 500.. => Err(Trouble::Away(why)),
        _ => Err(Trouble::Refused(why)),
    }
}

/// JSON, which breaks off at times; a page for people comes under load.
fn json(body: &str) -> Result<Value, Trouble> {
    if body.trim_start().starts_with('<') {
        return Err(Trouble::Away("it answers with a page for people".into()));
    }
    serde_json::from_str(body).map_err(|error| Trouble::Away(format!("its answer cannot be read: {error}")))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// A key as it stands in a query. Keys are given out in two forms; one that is encoded already must not be so twice.
fn query_key(key: &str) -> String {
    if key.contains('%') {
        return key.to_owned();
    }
    let mut url = reqwest::Url::parse("http://key/").expect("it is a URL");
    url.query_pairs_mut().append_pair("k", key);
    url.query()
        .and_then(|query| query.strip_prefix("k="))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_and_a_walk_begins_anew_when_rows_moved() {
        let at = |next, total, pass| At { next, total, pass };
        let rows = |next, total, pass| Some(Position::Rows { next, total, pass });
        assert_eq!(at(1, None, 1).after(100, 250, 100, 10), rows(91, Some(250), 1));
        assert_eq!(at(181, Some(250), 1).after(70, 250, 100, 10), None);
        assert_eq!(at(181, Some(250), 1).after(71, 251, 100, 10), rows(1, None, 2));
        assert_eq!(at(181, Some(250), 3).after(71, 251, 100, 10), None);
        assert_eq!(at(1, None, 1).after(0, 0, 100, 10), None);
        // Fewer than were there: nothing loops.
        assert_eq!(at(241, Some(250), 1).after(0, 200, 100, 10), rows(1, None, 2));
        assert_eq!(
            (pages(250, 100, 10), pages(0, 100, 10), pages(100, 100, 10)),
            (3, 1, 1)
        );
    }

    #[test]
    fn a_budget_gives_what_it_has() {
        let budget = Budget::of(2);
        assert_eq!([budget.take(), budget.take()], [Ok(()), Ok(())]);
        assert_eq!(budget.take(), Err(Trouble::Quota));
        assert_eq!((budget.made(), budget.left()), (2, 0));
    }

    #[test]
    fn keys_are_encoded_once() {
        assert_eq!(query_key("a+b=="), "a%2Bb%3D%3D");
        assert_eq!(query_key("a%2Bb%3D%3D"), "a%2Bb%3D%3D");
    }
}
