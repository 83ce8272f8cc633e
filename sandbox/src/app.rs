//! What every handler shares: the state behind one lock, the journal, the fault plan, and the bell that wakes the sender.

use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::Options;
use crate::clock::Clock;
use crate::faults::WebhookFaults;
use crate::faults::plan::Plan;
use crate::food;
use crate::journal::Journal;
use crate::nts;
use crate::provider::Provider;
use crate::request_log::RequestLog;
use crate::state::{Change, State};
use crate::webhooks::queue::{Delivery, Notice};

/// A handle on everything; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    options: Options,
    base_url: String,
    client: reqwest::Client,
    core: Mutex<Core>,
    bell: Notify,
}

/// What the lock guards. Nothing here waits for the network.
pub(crate) struct Core {
    pub state: State,
    pub plan: Plan,
    pub log: RequestLog,
    pub nts: nts::Register,
    pub food: food::Desk,
    journal: Journal,
    configured_urls: [(Provider, Vec<String>); 2],
    /// Cancelled when the journal cannot be written: a ledger that forgets is worse than none.
    failed: CancellationToken,
}

impl App {
    pub(crate) fn new(
        options: Options,
        base_url: String,
        client: reqwest::Client,
        failed: CancellationToken,
    ) -> anyhow::Result<App> {
        let (journal, state) = Journal::open(options.data.as_deref())?;
        let configured_urls = [
            (Provider::Toss, options.webhook_urls.clone()),
            (Provider::Stripe, options.stripe_webhook_urls.clone()),
        ];
        let mut core = Core {
            state,
            plan: Plan::default(),
            log: RequestLog::default(),
            nts: nts::Register::default(),
            food: food::Desk::default(),
            journal,
            configured_urls,
            failed,
        };
        for (provider, urls) in core.configured_urls.clone() {
            if !urls.is_empty() {
                core.record(Change::webhook_urls(provider, urls));
            }
        }
        core.commit();
        let core = Mutex::new(core);
        Ok(App(Arc::new(Shared {
            options,
            base_url,
            client,
            core,
            bell: Notify::new(),
        })))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.0.client
    }

    /// Runs `work` under the lock.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Core) -> T) -> T {
        work(&mut self.0.core.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the sender that something may be due.
    pub(crate) fn wake(&self) {
        self.0.bell.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.bell.notified().await;
    }
}

impl Core {
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.state.clock.now()
    }

    /// Applies a change; [`Core::commit`] makes it last.
    pub(crate) fn record(&mut self, change: Change) {
        if let Err(cause) = self.journal.add(&change) {
            self.fail(&cause);
        }
        self.state.apply(change);
    }

    /// Writes what was recorded since the last commit, all or nothing.
    pub(crate) fn commit(&mut self) {
        if let Err(cause) = self.journal.commit() {
            self.fail(&cause);
        }
    }

    /// Queues a webhook to one URL, as the faults have it; the numbers are those to be delivered before the answer.
    pub(crate) fn announce(&mut self, notice: &Notice, url: &str, faults: &WebhookFaults) -> Vec<u64> {
        let mut ahead = Vec::new();
        for _ in 0..faults.copies {
            let number = self.state.webhooks.next_number();
            let delivery = Delivery::new(notice.clone(), url, faults, self.now());
            self.record(Change::Delivery(Delivery { number, ..delivery }));
            if faults.before_response {
                ahead.push(number);
            }
        }
        ahead
    }

    /// Back to an empty sandbox: no payment, no rule, no log, the clock at the machine's time.
    pub(crate) fn reset(&mut self) {
        if let Err(cause) = self.journal.clear() {
            self.fail(&cause);
        }
        self.state = State::default();
        self.plan = Plan::default();
        self.log = RequestLog::default();
        self.nts = nts::Register::default();
        self.food = food::Desk::default();
        self.record(Change::Clock(Clock::default()));
        for (provider, urls) in self.configured_urls.clone() {
            self.record(Change::webhook_urls(provider, urls));
        }
        self.commit();
    }

    fn fail(&self, cause: &anyhow::Error) {
        if !self.failed.is_cancelled() {
            error!(
                error = format!("{cause:#}"),
                "the journal cannot be written; stopping"
            );
            self.failed.cancel();
        }
    }
}
