//! What the Stripe double remembers, with its indexes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::intent::Intent;
use super::objects::{Charge, Customer, Event, Method, Object, Payout, Refund, Setup, Transaction};

/// Objects of one kind in the order they were made.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    items: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf {
            items: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Object> Shelf<T> {
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.places.get(id).map(|place| &self.items[*place])
    }

    /// All, the oldest first.
    pub(crate) fn all(&self) -> &[T] {
        &self.items
    }

    fn put(&mut self, item: T) {
        match self.places.get(item.id()) {
            Some(place) => self.items[*place] = item,
            None => {
                self.places.insert(item.id().to_owned(), self.items.len());
                self.items.push(item);
            }
        }
    }
}

/// One thing to remember, new or changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Intent(Box<Intent>),
    Charge(Box<Charge>),
    Refund(Box<Refund>),
    Customer(Customer),
    Method(Method),
    Setup(Setup),
    Transaction(Transaction),
    Payout(Payout),
    Event(Event),
    #[serde(with = "time::serde::rfc3339")]
    PaidOutUntil(OffsetDateTime),
}

/// What time does next, and to which object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Intent(String),
    Refund(String),
    Payouts,
}

/// Everything remembered.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub intents: Shelf<Intent>,
    pub charges: Shelf<Charge>,
    pub refunds: Shelf<Refund>,
    pub customers: Shelf<Customer>,
    pub methods: Shelf<Method>,
    pub setups: Shelf<Setup>,
    pub transactions: Shelf<Transaction>,
    pub payouts: Shelf<Payout>,
    pub events: Shelf<Event>,
    refunds_by_intent: HashMap<String, Vec<String>>,
    due_intents: BTreeSet<(OffsetDateTime, String)>,
    due_refunds: BTreeSet<(OffsetDateTime, String)>,
    /// Transactions no payout has carried yet, by when they are available.
    not_paid_out: BTreeMap<OffsetDateTime, BTreeSet<String>>,
    paid_out_until: Option<OffsetDateTime>,
}

impl Book {
    pub(crate) fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Intent(intent) => {
                let before = self.intents.get(&intent.id).and_then(|before| before.due_at);
                reschedule(&mut self.due_intents, &intent.id, before, intent.due_at);
                self.intents.put(*intent);
            }
            Entry::Refund(refund) => self.put_refund(*refund),
            Entry::Transaction(transaction) => self.put_transaction(transaction),
            Entry::Charge(charge) => self.charges.put(*charge),
            Entry::Customer(customer) => self.customers.put(customer),
            Entry::Method(method) => self.methods.put(method),
            Entry::Setup(setup) => self.setups.put(setup),
            Entry::Payout(payout) => self.payouts.put(payout),
            Entry::Event(event) => self.events.put(event),
            Entry::PaidOutUntil(at) => self.paid_out_until = Some(at),
        }
    }

    fn put_refund(&mut self, refund: Refund) {
        let before = self.refunds.get(&refund.id);
        if before.is_none() {
            let of_intent = self.refunds_by_intent.entry(refund.intent.clone());
            of_intent.or_default().push(refund.id.clone());
        }
        let before = before.and_then(|before| before.due_at);
        reschedule(&mut self.due_refunds, &refund.id, before, refund.due_at);
        self.refunds.put(refund);
    }

    fn put_transaction(&mut self, transaction: Transaction) {
        let waiting = self.not_paid_out.entry(transaction.available_on).or_default();
        if transaction.payout.is_none() {
            waiting.insert(transaction.id.clone());
        } else {
            waiting.remove(&transaction.id);
        }
        if waiting.is_empty() {
            self.not_paid_out.remove(&transaction.available_on);
        }
        self.transactions.put(transaction);
    }

    /// The refunds of an intent, the oldest first.
    pub(crate) fn refunds_of(&self, intent: &str) -> impl Iterator<Item = &Refund> {
        let ids = self.refunds_by_intent.get(intent).into_iter().flatten();
        ids.filter_map(|id| self.refunds.get(id))
    }

    /// The intent an id leads to: its own, or its charge's or refund's.
    pub(crate) fn intent_behind(&self, id: &str) -> Option<&Intent> {
        let of_charge = self.charges.get(id).map(|charge| charge.intent.as_str());
        let of_refund = self.refunds.get(id).map(|refund| refund.intent.as_str());
        self.intents.get(of_charge.or(of_refund).unwrap_or(id))
    }

    /// What time does next, and when.
    pub(crate) fn next_due(&self) -> Option<(OffsetDateTime, Due)> {
        let intent = self.due_intents.first();
        let refund = self.due_refunds.first();
        let soonest = [
            intent.map(|(at, id)| (*at, Due::Intent(id.clone()))),
            refund.map(|(at, id)| (*at, Due::Refund(id.clone()))),
            self.next_payouts().map(|at| (at, Due::Payouts)),
        ];
        soonest.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The next day on which something becomes available. What a day could not pay out, being negative, waits for another.
    fn next_payouts(&self) -> Option<OffsetDateTime> {
        let mut days = self.not_paid_out.keys();
        days.find(|day| self.paid_out_until.is_none_or(|until| **day > until))
            .copied()
    }

    /// Transactions available at `at` that no payout has carried.
    pub(crate) fn payable(&self, at: OffsetDateTime) -> Vec<Transaction> {
        let ids = self.not_paid_out.range(..=at).flat_map(|(_, ids)| ids);
        ids.filter_map(|id| self.transactions.get(id)).cloned().collect()
    }

    /// Everything, in an order that rebuilds it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let intents = self.intents.all().iter().cloned().map(Box::new);
        let charges = self.charges.all().iter().cloned().map(Box::new);
        let refunds = self.refunds.all().iter().cloned().map(Box::new);
        intents
            .map(Entry::Intent)
            .chain(charges.map(Entry::Charge))
            .chain(refunds.map(Entry::Refund))
            .chain(self.customers.all().iter().cloned().map(Entry::Customer))
            .chain(self.methods.all().iter().cloned().map(Entry::Method))
            .chain(self.setups.all().iter().cloned().map(Entry::Setup))
            .chain(self.transactions.all().iter().cloned().map(Entry::Transaction))
            .chain(self.payouts.all().iter().cloned().map(Entry::Payout))
            .chain(self.events.all().iter().cloned().map(Entry::Event))
            .chain(self.paid_out_until.map(Entry::PaidOutUntil))
    }
}

fn reschedule(
    timers: &mut BTreeSet<(OffsetDateTime, String)>,
    id: &str,
    before: Option<OffsetDateTime>,
    after: Option<OffsetDateTime>,
) {
    if let Some(at) = before {
        timers.remove(&(at, id.to_owned()));
    }
    if let Some(at) = after {
        timers.insert((at, id.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::intent::tests::{START, intent};
    use super::*;

    fn transaction(id: &str, available_on: OffsetDateTime, payout: Option<&str>) -> Entry {
        Entry::Transaction(Transaction {
            id: id.to_owned(),
            kind: "charge".to_owned(),
            source: "ch_1".to_owned(),
            currency: "krw".to_owned(),
            amount: 100,
            fee: 4,
            created: START,
            available_on,
            payout: payout.map(str::to_owned),
        })
    }

    #[test]
    fn time_acts_on_what_is_due_first_and_only_as_long_as_it_is() {
        let mut book = Book::default();
        assert_eq!(book.next_due(), None);
        let held = intent("pi_1").authorized("ch_1".to_owned(), START);
        let ends = held.due_at.expect("a time");
        book.put(Entry::Intent(Box::new(held.clone())));
        assert_eq!(book.next_due(), Some((ends, Due::Intent("pi_1".to_owned()))));
        book.put(Entry::Intent(Box::new(held.succeeded("ch_1".to_owned(), 1_000))));
        assert_eq!(book.next_due(), None);
    }

    #[test]
    fn each_transaction_is_paid_out_once_on_its_day() {
        let mut book = Book::default();
        let (first, second) = (START + time::Duration::DAY, START + time::Duration::days(2));
        book.put(transaction("txn_1", first, None));
        book.put(transaction("txn_2", second, None));
        assert_eq!(book.next_due(), Some((first, Due::Payouts)));
        assert_eq!(book.payable(first).len(), 1);
        book.put(transaction("txn_1", first, Some("po_1")));
        book.put(Entry::PaidOutUntil(first));
        assert_eq!(book.next_due(), Some((second, Due::Payouts)));
        book.put(Entry::PaidOutUntil(second));
        assert_eq!((book.next_due(), book.payable(second).len()), (None, 1));
    }

    #[test]
    fn the_entries_rebuild_the_book() {
        let mut book = Book::default();
        book.put(Entry::Intent(Box::new(intent("pi_2"))));
        book.put(Entry::Intent(Box::new(
            intent("pi_1").authorized("ch_1".to_owned(), START),
        )));
        book.put(transaction("txn_1", START, None));
        let mut copy = Book::default();
        book.entries().for_each(|entry| copy.put(entry));
        assert_eq!(copy.intents.all(), book.intents.all());
        assert_eq!(copy.next_due(), book.next_due());
    }
}
