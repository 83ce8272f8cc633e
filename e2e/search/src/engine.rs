//! What every engine is asked to do, and what it tells.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::queries::{Kind, Query};

/// Data and queries for one engine.
#[derive(Clone, Debug)]
pub struct Job {
    /// JSON lines, one [`crate::product::Product`] each.
    pub products: PathBuf,
    pub count: u64,
    /// JSON lines, one [`Query`] each; the same as `queries`.
    pub query_file: PathBuf,
    pub queries: Vec<Query>,
    /// Where the index goes: an empty folder of the engine's own.
    pub folder: PathBuf,
    /// Threads that index; queries are answered by one.
    pub threads: usize,
    pub pace: Pace,
}

/// How long queries of one kind are asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Passes over all queries that are measured; 0 asks each query once, for its answer alone.
    pub passes: u32,
    /// Before that, at least one pass and at least this long goes unmeasured, but never longer than half the budget.
    pub warm: Duration,
    /// No query begins after this time of measuring.
    pub budget: Duration,
}

impl Pace {
    /// Passes, warm-up and budget for a child, in seconds.
    pub fn arguments(self) -> [String; 3] {
        let seconds = |time: Duration| time.as_secs_f64().to_string();
        [self.passes.to_string(), seconds(self.warm), seconds(self.budget)]
    }
}

/// One thing an engine tells; what runs as a child prints these as JSON lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The engine's name and version.
    Version { text: String },
    /// So many products went in so far.
    Progress { documents: u64 },
    /// The index is there and can be searched.
    Indexed(Indexed),
    /// Microseconds of each measured query.
    Measured { kind: Kind, micros: Vec<f64> },
    /// What was found for a query, best first, at most ten.
    Answer(Answer),
    /// After the queries.
    Memory(Memory),
    /// Microseconds from each change of one product to its being found, by an engine that is to be searched while it changes.
    Changed { micros: Vec<f64> },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Indexed {
    pub documents: u64,
    pub threads: usize,
    /// From the first byte read to the last merge done, without what is counted below.
    pub seconds: f64,
    /// For what only suggestions need, where that is an index of its own.
    #[serde(default)]
    pub suggester_seconds: f64,
    /// Resident at the most while indexing.
    pub peak_kib: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub kind: Kind,
    pub text: String,
    pub ids: Vec<u64>,
    /// What is suggested, by an engine that suggests texts and not products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// Counts by dimension and value, for [`Kind::Facet`].
    #[serde(default)]
    pub facets: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Answer {
    /// Nothing found yet.
    pub fn to(query: &Query) -> Self {
        Self {
            kind: query.kind,
            text: query.text.clone(),
            ids: Vec::new(),
            texts: Vec::new(),
            facets: BTreeMap::new(),
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.texts.is_empty()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Resident, pages of mapped index files included.
    pub resident_kib: u64,
    /// Resident without what only mirrors files.
    pub anonymous_kib: u64,
}

/// Everything an engine told.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub version: String,
    pub indexed: Indexed,
    pub index_bytes: u64,
    /// How many queries of each kind there were to ask.
    pub asked: BTreeMap<Kind, usize>,
    pub micros: BTreeMap<Kind, Vec<f64>>,
    pub change_micros: Vec<f64>,
    pub answers: Vec<Answer>,
    pub memory: Memory,
}

impl Run {
    /// Nothing told yet of this job.
    pub fn of(job: &Job) -> Self {
        let mut run = Self::default();
        for query in &job.queries {
            *run.asked.entry(query.kind).or_default() += 1;
        }
        run
    }

    /// Takes up what was told.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Version { text } => self.version = text,
            Event::Progress { .. } => {}
            Event::Indexed(indexed) => self.indexed = indexed,
            Event::Measured { kind, micros } => {
                self.micros.insert(kind, micros);
            }
            Event::Answer(answer) => self.answers.push(answer),
            Event::Memory(memory) => self.memory = memory,
            Event::Changed { micros } => self.change_micros = micros,
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    Done(Box<Run>),
    /// Something it needs is not on this machine; the reason says what and how to get it.
    Skipped(String),
}

/// Hears everything an engine tells, at once.
pub type Hear<'a> = dyn FnMut(&Event) + 'a;

/// One row of the table of engines.
#[derive(Clone, Copy)]
pub struct Engine {
    pub name: &'static str,
    /// Indexes and answers in processes of its own.
    pub run: fn(&Job, &mut Hear<'_>) -> anyhow::Result<Outcome>,
}
