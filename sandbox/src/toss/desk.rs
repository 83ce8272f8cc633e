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
use crate::state::Change;
use crate::webhooks::queue::{Delivery, LONGEST_HOLD, Outcome, Provider};

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
            provider: "toss",
            order_id: &payment.order_id,
            payment_key: &payment.key,
            transaction_key: &transaction_key,
        };
        let posting = Posting::new(kind, subject, amount, self.now);
        self.core.record(Change::Posting(posting));
        let signed = if kind == ledger::Kind::Refund {
            -amount
        } else {
            amount
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
        let urls = self.core.state.webhooks.urls.clone();
        for (event, body) in webhook::events(payment, self.base_url, self.now) {
            let body = body.to_string();
            for url in &urls {
                let delivery = Delivery {
                    number: 0,
                    transmission_id: keys::transmission_id(),
                    provider: Provider::Toss,
                    url: url.clone(),
                    order_id: payment.order_id.clone(),
                    event: event.to_owned(),
                    body: body.clone(),
                    due_at: self.now
                        + if faults.reorder {
                            LONGEST_HOLD
                        } else {
                            faults.delay
                        },
                    retried_count: 0,
                    held: faults.reorder,
                    outcome: if faults.never {
                        Outcome::Suppressed
                    } else {
                        Outcome::Pending
                    },
                    last_answer: None,
                };
                for _ in 0..faults.copies {
                    self.queue(delivery.clone(), faults.before_response);
                }
            }
        }
    }

    fn queue(&mut self, delivery: Delivery, ahead: bool) {
        let number = self.core.state.webhooks.next_number();
        self.core
            .record(Change::Delivery(Delivery { number, ..delivery }));
        if ahead {
            self.ahead.push(number);
        }
    }
}

/// Ends a payment whose time to confirm has run out.
pub(super) fn expire(desk: &mut Desk<'_>, payment: Payment) {
    let expired = payment.expired();
    desk.save(&expired);
    desk.announce(&expired);
}
