//! What the Toss double remembers: payments, transactions, billing keys and the keys that lead to them.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::payment::{Payment, Status};

/// An approval or a cancel, as reconciliation sees it. A cancel's amount is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub key: String,
    pub payment_key: String,
    pub amount: i64,
    pub status: Status,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A buyer's card between registration and first use: the one-time key of the registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BillingAuth {
    pub auth_key: String,
    pub customer_key: String,
    pub declines_with: Option<String>,
    pub used: bool,
}

/// A stored card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BillingKey {
    pub key: String,
    pub customer_key: String,
    pub declines_with: Option<String>,
    pub deleted: bool,
}

/// One thing to remember, new or changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Payment(Box<Payment>),
    Transaction(Transaction),
    BillingAuth(BillingAuth),
    BillingKey(BillingKey),
}

/// Everything remembered, with its indexes.
#[derive(Debug, Default)]
pub(crate) struct Book {
    payments: HashMap<String, Payment>,
    by_order: HashMap<String, Vec<String>>,
    unconfirmed: BTreeSet<(OffsetDateTime, String)>,
    transactions: Vec<Transaction>,
    billing_auths: HashMap<String, BillingAuth>,
    billing_keys: HashMap<String, BillingKey>,
}

impl Book {
    pub(crate) fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Payment(payment) => self.put_payment(*payment),
            Entry::Transaction(transaction) => self.transactions.push(transaction),
            Entry::BillingAuth(auth) => {
                self.billing_auths.insert(auth.auth_key.clone(), auth);
            }
            Entry::BillingKey(key) => {
                self.billing_keys.insert(key.key.clone(), key);
            }
        }
    }

    fn put_payment(&mut self, payment: Payment) {
        let timer = (payment.confirm_by(), payment.key.clone());
        if payment.status == Status::InProgress {
            self.unconfirmed.insert(timer);
        } else {
            self.unconfirmed.remove(&timer);
        }
        if !self.payments.contains_key(&payment.key) {
            self.by_order
                .entry(payment.order_id.clone())
                .or_default()
                .push(payment.key.clone());
        }
        self.payments.insert(payment.key.clone(), payment);
    }

    pub(crate) fn payment(&self, key: &str) -> Option<&Payment> {
        self.payments.get(key)
    }

    /// The payment an order id stands for: the one that used it up, otherwise the latest attempt.
    pub(crate) fn of_order(&self, order_id: &str) -> Option<&Payment> {
        let attempts = || {
            self.by_order
                .get(order_id)
                .into_iter()
                .flatten()
                .filter_map(|key| self.payment(key))
        };
        attempts()
            .find(|payment| payment.uses_up_order())
            .or_else(|| attempts().next_back())
    }

    /// Whether the order was paid, or is about to be by a deposit.
    pub(crate) fn is_used_up(&self, order_id: &str) -> bool {
        self.of_order(order_id).is_some_and(Payment::uses_up_order)
    }

    /// When the next unconfirmed payment runs out of time.
    pub(crate) fn next_expiry(&self) -> Option<OffsetDateTime> {
        self.unconfirmed.first().map(|(confirm_by, _)| *confirm_by)
    }

    /// Payments whose time to confirm has run out at `now`.
    pub(crate) fn overdue(&self, now: OffsetDateTime) -> Vec<Payment> {
        let overdue = self
            .unconfirmed
            .iter()
            .take_while(|(confirm_by, _)| *confirm_by <= now);
        overdue
            .filter_map(|(_, key)| self.payment(key).cloned())
            .collect()
    }

    pub(crate) fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }

    pub(crate) fn billing_auth(&self, auth_key: &str) -> Option<&BillingAuth> {
        self.billing_auths.get(auth_key)
    }

    /// A stored card that was not deleted.
    pub(crate) fn billing_key(&self, key: &str) -> Option<&BillingKey> {
        self.billing_keys.get(key).filter(|key| !key.deleted)
    }

    pub(crate) fn payment_count(&self) -> usize {
        self.payments.len()
    }

    /// Everything, in an order that rebuilds it: attempts of one order stay in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let payments = self
            .by_order
            .values()
            .flatten()
            .filter_map(|key| self.payment(key).cloned());
        payments
            .map(|payment| Entry::Payment(Box::new(payment)))
            .chain(self.transactions.iter().cloned().map(Entry::Transaction))
            .chain(self.billing_auths.values().cloned().map(Entry::BillingAuth))
            .chain(self.billing_keys.values().cloned().map(Entry::BillingKey))
    }
}

#[cfg(test)]
mod tests {
    use super::super::payment::Method;
    use super::super::payment::tests::{START, payment};
    use super::*;

    fn attempt(key: &str) -> Payment {
        Payment {
            key: key.to_owned(),
            ..payment(Method::Card, 1_000, 0)
        }
    }

    fn put(book: &mut Book, payment: Payment) {
        book.put(Entry::Payment(Box::new(payment)));
    }

    #[test]
    fn an_order_stands_for_the_attempt_that_paid_it() {
        let mut book = Book::default();
        put(&mut book, attempt("a"));
        put(&mut book, attempt("b"));
        assert_eq!(book.of_order("order-1").map(|p| p.key.as_str()), Some("b"));
        put(&mut book, attempt("a").approved("t".to_owned(), START));
        assert_eq!(book.of_order("order-1").map(|p| p.key.as_str()), Some("a"));
        assert!(book.is_used_up("order-1"));
    }

    #[test]
    fn only_unconfirmed_payments_run_out_of_time() {
        let mut book = Book::default();
        put(&mut book, attempt("a"));
        put(&mut book, attempt("b"));
        put(&mut book, attempt("b").approved("t".to_owned(), START));
        let limit = attempt("a").confirm_by();
        assert!(book.overdue(limit - time::Duration::SECOND).is_empty());
        assert_eq!(book.next_expiry(), Some(limit));
        let overdue = book.overdue(limit);
        assert_eq!(overdue.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn the_entries_rebuild_the_book() {
        let mut book = Book::default();
        put(&mut book, attempt("a"));
        put(&mut book, attempt("b").approved("t".to_owned(), START));
        let mut copy = Book::default();
        book.entries().for_each(|entry| copy.put(entry));
        assert_eq!(copy.payment("a"), book.payment("a"));
        assert_eq!(copy.of_order("order-1"), book.of_order("order-1"));
    }
}
