//! Everything the sandbox knows that must survive a restart, and the changes that build it.

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::idempotency::{Answer, Answers};
use crate::ledger::{Ledger, Posting};
use crate::provider::Provider;
use crate::webhooks::queue::{Delivery, Queue};
use crate::{stripe, toss};

/// The state; changed by [`State::apply`] only, so that replaying the changes gives it back.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub clock: Clock,
    pub ledger: Ledger,
    pub answers: Answers,
    pub webhooks: Queue,
    pub toss: toss::Book,
    pub stripe: stripe::Book,
}

/// One change, as the journal keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Clock(Clock),
    /// Those of Toss, which was there first.
    WebhookUrls(Vec<String>),
    StripeWebhookUrls(Vec<String>),
    Posting(Posting),
    Answer(Answer),
    Delivery(Delivery),
    Toss(toss::Entry),
    Stripe(stripe::Entry),
}

impl Change {
    pub(crate) fn webhook_urls(provider: Provider, urls: Vec<String>) -> Change {
        match provider {
            Provider::Toss => Change::WebhookUrls(urls),
            Provider::Stripe => Change::StripeWebhookUrls(urls),
        }
    }
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Clock(clock) => self.clock = clock,
            Change::WebhookUrls(urls) => self.webhooks.set_urls(Provider::Toss, urls),
            Change::StripeWebhookUrls(urls) => self.webhooks.set_urls(Provider::Stripe, urls),
            Change::Posting(posting) => self.ledger.post(posting),
            Change::Answer(answer) => self.answers.keep(answer),
            Change::Delivery(delivery) => self.webhooks.put(delivery),
            Change::Toss(entry) => self.toss.put(entry),
            Change::Stripe(entry) => self.stripe.put(entry),
        }
    }

    /// The fewest changes that build this state; finished webhooks are left out.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let settings = [
            Change::Clock(self.clock),
            Change::WebhookUrls(self.webhooks.urls(Provider::Toss).to_vec()),
            Change::StripeWebhookUrls(self.webhooks.urls(Provider::Stripe).to_vec()),
        ]
        .into_iter();
        settings
            .chain(self.toss.entries().map(Change::Toss))
            .chain(self.stripe.entries().map(Change::Stripe))
            .chain(self.ledger.postings().iter().cloned().map(Change::Posting))
            .chain(self.answers.iter().cloned().map(Change::Answer))
            .chain(self.webhooks.pending().cloned().map(Change::Delivery))
    }
}
