//! The last requests, so that a test can ask what a connector really sent. In memory only, without bodies.

use std::collections::VecDeque;

use serde::Serialize;
use time::OffsetDateTime;

const REMEMBERED: usize = 1_000;

/// One request to a provider's API.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub method: String,
    pub path: String,
    pub endpoint: &'static str,
    pub order_id: Option<String>,
    pub idempotency_key: Option<String>,
    pub fault: Option<String>,
    /// The answer the provider meant to give; none when the request was lost on the way.
    pub status: Option<u16>,
    pub code: Option<String>,
    pub replayed: bool,
}

/// A ring of the last requests.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(VecDeque<Seen>);

impl RequestLog {
    pub(crate) fn push(&mut self, seen: Seen) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(seen);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.0.iter()
    }
}
