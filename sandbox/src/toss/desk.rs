//! One unit of work: what a flow reads and records while it holds the lock. The journal gets it as one line.

use serde_json::Value;
use time::OffsetDateTime;

use super::book::{Book, Entry, Transaction};
use super::errors::Refusal;
use super::payment::Payment;
use super::{keys, view, webhook};
use crate::app::Core;
use crate::faults::Faults;
use crate::ledger::{self, Posting};
use crate::provider::Provider;
use crate::state::Change;
use crate::webhooks::queue::Notice;

/// One unit of work.
pub(super) struct Desk<'a> {
    core: &'a mut Core,
    pub now: OffsetDateTime,
    faults: &'a Faults,
    base_url: &'a str,
    /// Numbers of the webhooks to be delivered before the answer.
    pub ahead: Vec<u64>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(core: &'a mut Core, faults: &'a Faults, base_url: &'a str) -> Desk<'a> {
        let now = core.now();
        Desk {
            core,
            now,
            faults,
            base_url,
            ahead: Vec::new(),
        }
    }

    pub(super) fn book(&self) -> &Book {
        &self.core.state.toss
    }

    pub(super) fn base_url(&self) -> &str {
        self.base_url
    }

    pub(super) fn show(&self, payment: &Payment) -> Value {
        view::payment(payment, self.base_url, self.now)
    }

    pub(super) fn put(&mut self, entry: Entry) {
        self.core.record(Change::Toss(entry));
    }

    pub(super) fn save(&mut self, payment: &Payment) {
        self.put(Entry::Payment(Box::new(payment.clone())));
    }

    /// Books money that arrived: a transaction and a posting.
    pub(super) fn capture(&mut self, payment: &Payment) {
        self.move_money(ledger::Kind::Capture, payment, payment.total);
    }

    /// Books money that goes back.
    pub(super) fn refund(&mut self, payment: &Payment, amount: i64) {
        self.move_money(ledger::Kind::Refund, payment, amount);
    }

    fn move_money(&mut self, kind: ledger::Kind, payment: &Payment, amount: i64) {
        let transaction_key = payment.last_transaction_key.clone().unwrap_or_default();
        let subject = ledger::Subject {
            provider: Provider::Toss,
            currency: "krw",
            order_id: &payment.order_id,
            payment_key: &payment.key,
            transaction_key: &transaction_key,
        };
        let posting = Posting::new(kind, subject, amount, self.now);
        self.core.record(Change::Posting(posting));
        let signed = match kind {
            ledger::Kind::Capture => amount,
            ledger::Kind::Refund | ledger::Kind::RefundReversal => -amount,
        };
        self.put(Entry::Transaction(Transaction {
            key: transaction_key,
            payment_key: payment.key.clone(),
            amount: signed,
            status: payment.status,
            at: self.now,
        }));
    }

    /// The issuer's refusal, when a fault asks for one or the session was made to be declined.
    pub(super) fn decline(&self, session: Option<&str>, usual: Refusal) -> Option<Refusal> {
        match self.faults.decline() {
            Some(code) => Some(code.as_deref().and_then(Refusal::of).unwrap_or(usual)),
            None => session.map(|code| Refusal::of(code).unwrap_or(usual)),
        }
    }

    /// Marks an approval as failed for good, unless the trouble may pass.
    pub(super) fn abort(&mut self, payment: Payment, refusal: Refusal) {
        if !refusal.is_transient() {
            let aborted = payment.aborted(refusal.into());
            self.save(&aborted);
            self.announce(&aborted);
        }
    }

    /// Queues the webhooks of the payment's present state, as the faults have it.
    pub(super) fn announce(&mut self, payment: &Payment) {
        let faults = self.faults.webhooks();
        let urls = self.core.state.webhooks.urls(Provider::Toss).to_vec();
        for (event, body) in webhook::events(payment, self.base_url, self.now) {
            let body = body.to_string();
            for url in &urls {
                let notice = Notice {
                    transmission_id: keys::transmission_id(),
                    provider: Provider::Toss,
                    order_id: payment.order_id.clone(),
                    event: event.to_owned(),
                    body: body.clone(),
                };
                let ahead = self.core.announce(&notice, url, &faults);
                self.ahead.extend(ahead);
            }
        }
    }
}

/// Ends a payment whose time to confirm has run out.
pub(super) fn expire(desk: &mut Desk<'_>, payment: Payment) {
    let expired = payment.expired();
    desk.save(&expired);
    desk.announce(&expired);
}
