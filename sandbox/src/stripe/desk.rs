//! One unit of work: what a flow reads and records while it holds the lock. The journal gets it as one line.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::book::{Book, Entry};
use super::declines::{Decline, GENERIC};
use super::incoming::API_VERSION;
use super::intent::Intent;
use super::objects::{Charge, Event, Object, Refund, Transaction};
use super::{keys, money, view};
use crate::app::Core;
use crate::faults::Faults;
use crate::ledger::{self, Posting};
use crate::provider::Provider;
use crate::state::Change;
use crate::webhooks::queue::Notice;

/// The request that causes events; nothing when time does.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
}

/// One unit of work.
pub(super) struct Desk<'a> {
    core: &'a mut Core,
    pub now: OffsetDateTime,
    faults: &'a Faults,
    pub base_url: &'a str,
    origin: Origin,
    has_told: bool,
    /// Numbers of the webhooks to be delivered before the answer.
    pub ahead: Vec<u64>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(core: &'a mut Core, faults: &'a Faults, base_url: &'a str, origin: Origin) -> Desk<'a> {
        let now = core.now();
        Desk {
            core,
            now,
            faults,
            base_url,
            origin,
            has_told: false,
            ahead: Vec::new(),
        }
    }

    pub(super) fn book(&self) -> &Book {
        &self.core.state.stripe
    }

    pub(super) fn put(&mut self, entry: Entry) {
        self.core.record(Change::Stripe(entry));
    }

    /// The issuer's refusal, when a fault asks for one. A code that is not a decline code is the usual one.
    pub(super) fn decline(&self) -> Option<Decline> {
        let code = self.faults.decline()?;
        Some(code.as_deref().and_then(Decline::of).unwrap_or(GENERIC))
    }

    pub(super) fn save(&mut self, intent: &Intent) {
        self.put(Entry::Intent(Box::new(intent.clone())));
    }

    pub(super) fn save_charge(&mut self, charge: &Charge) {
        self.put(Entry::Charge(Box::new(charge.clone())));
    }

    /// Saves an intent and tells what happened to it.
    pub(super) fn save_and_tell(&mut self, intent: &Intent, event: &str) {
        self.save(intent);
        let shown = view::intent(intent, self.base_url);
        self.tell(event, intent.order_id(), shown, None);
    }

    pub(super) fn tell_of_charge(&mut self, event: &str, charge: &Charge, order_id: &str) {
        let shown = view::charge(charge, self.book());
        self.tell(event, order_id, shown, None);
    }

    /// What became available, by currency; of no order.
    pub(super) fn tell_of_balance(&mut self, sums: &BTreeMap<String, i64>) {
        self.tell("balance.available", "", view::balance(sums), None);
    }

    /// Saves a refund and tells what happened to it.
    pub(super) fn save_refund(
        &mut self,
        refund: &Refund,
        order_id: &str,
        events: &[&str],
        was: Option<Value>,
    ) {
        self.put(Entry::Refund(Box::new(refund.clone())));
        for event in events {
            self.tell(event, order_id, view::refund(refund), was.clone());
        }
    }

    /// Keeps an event and queues its webhooks, as the faults have it.
    fn tell(&mut self, kind: &str, order_id: &str, object: Value, was: Option<Value>) {
        let urls = self.core.state.webhooks.urls(Provider::Stripe).to_vec();
        let id = keys::id("evt");
        let mut data = json!({ "object": object });
        if let Some(was) = was {
            data["previous_attributes"] = was;
        }
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now.unix_timestamp(),
            "data": data,
            "livemode": false,
            "pending_webhooks": urls.len(),
            "request": { "id": self.origin.request_id, "idempotency_key": self.origin.idempotency_key },
            "type": kind,
        });
        // Only the first of several is held, so that they come in another order and not all late.
        let mut faults = self.faults.webhooks();
        faults.reorder &= !std::mem::replace(&mut self.has_told, true);
        let notice = Notice {
            transmission_id: id.clone(),
            provider: Provider::Stripe,
            order_id: order_id.to_owned(),
            event: kind.to_owned(),
            body: body.to_string(),
        };
        for url in &urls {
            let ahead = self.core.announce(&notice, url, &faults);
            self.ahead.extend(ahead);
        }
        self.put(Entry::Event(Event {
            id,
            kind: kind.to_owned(),
            body,
            created: self.now,
        }));
    }

    /// Books money that moved, in the ledger and in the balance; the id of the balance transaction.
    pub(super) fn move_money(
        &mut self,
        kind: ledger::Kind,
        intent: &Intent,
        source: &impl Object,
        amount: i64,
    ) -> String {
        let subject = ledger::Subject {
            provider: Provider::Stripe,
            currency: &intent.currency,
            order_id: intent.order_id(),
            payment_key: &intent.id,
            transaction_key: source.id(),
        };
        let posting = Posting::new(kind, subject, amount, self.now);
        self.core.record(Change::Posting(posting));
        let soon = money::tomorrow(self.now);
        let (kind, amount, fee, available_on) = match kind {
            ledger::Kind::Capture => {
                let later = money::working_days_later(self.now, 2);
                ("charge", amount, money::fee(amount), later)
            }
            ledger::Kind::Refund => ("refund", -amount, 0, soon),
            ledger::Kind::RefundReversal => ("refund_failure", amount, 0, soon),
        };
        let transaction = Transaction {
            id: keys::id("txn"),
            kind: kind.to_owned(),
            source: source.id().to_owned(),
            currency: intent.currency.clone(),
            amount,
            fee,
            created: self.now,
            available_on,
            payout: None,
        };
        let id = transaction.id.clone();
        self.put(Entry::Transaction(transaction));
        id
    }
}
