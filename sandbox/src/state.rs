//! Everything the sandbox knows that must survive a restart, and the changes that build it.

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::idempotency::{Answer, Answers};
use crate::ledger::{Ledger, Posting};
use crate::toss;
use crate::webhooks::queue::{Delivery, Queue};

/// The state; changed by [`State::apply`] only, so that replaying the changes gives it back.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub clock: Clock,
    pub ledger: Ledger,
    pub answers: Answers,
    pub webhooks: Queue,
    pub toss: toss::Book,
}

/// One change, as the journal keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Clock(Clock),
    WebhookUrls(Vec<String>),
    Posting(Posting),
    Answer(Answer),
    Delivery(Delivery),
    Toss(toss::Entry),
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Clock(clock) => self.clock = clock,
            Change::WebhookUrls(urls) => self.webhooks.urls = urls,
            Change::Posting(posting) => self.ledger.post(posting),
            Change::Answer(answer) => self.answers.keep(answer),
            Change::Delivery(delivery) => self.webhooks.put(delivery),
            Change::Toss(entry) => self.toss.put(entry),
        }
    }

    /// The fewest changes that build this state; finished webhooks are left out.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let settings = [
            Change::Clock(self.clock),
            Change::WebhookUrls(self.webhooks.urls.clone()),
        ]
        .into_iter();
        settings
            .chain(self.toss.entries().map(Change::Toss))
            .chain(self.ledger.postings().iter().cloned().map(Change::Posting))
            .chain(self.answers.iter().cloned().map(Change::Answer))
            .chain(self.webhooks.pending().cloned().map(Change::Delivery))
    }
}
