//! The sandbox's own double-entry ledger, kept apart from any payment object so that it can contradict one.
//!
//! Two accounts: `buyer` (money taken from buyers) and `shop` (money owed to the shop). A capture debits the buyer and credits
//! the shop; a refund is the reverse; a refund that failed later is taken back. Amounts are minor units of their currency.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::provider::Provider;

/// What a posting records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Capture,
    Refund,
    /// A refund that did not reach the buyer comes back.
    RefundReversal,
}

/// Where money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Account {
    Buyer,
    Shop,
}

/// One side of a posting; exactly one of the two amounts is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub account: Account,
    pub debit: i64,
    pub credit: i64,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posting {
    pub provider: Provider,
    #[serde(default = "won")]
    pub currency: String,
    pub order_id: String,
    pub payment_key: String,
    pub transaction_key: String,
    pub kind: Kind,
    pub amount: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub lines: Vec<Line>,
}

fn won() -> String {
    "krw".to_owned()
}

/// Which payment a posting belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub provider: Provider,
    pub currency: &'a str,
    pub order_id: &'a str,
    pub payment_key: &'a str,
    pub transaction_key: &'a str,
}

impl Posting {
    /// A balanced posting of `amount` minor units.
    pub(crate) fn new(kind: Kind, subject: Subject<'_>, amount: i64, at: OffsetDateTime) -> Posting {
        let (from, to) = match kind {
            Kind::Capture | Kind::RefundReversal => (Account::Buyer, Account::Shop),
            Kind::Refund => (Account::Shop, Account::Buyer),
        };
        Posting {
            provider: subject.provider,
            currency: subject.currency.to_owned(),
            order_id: subject.order_id.to_owned(),
            payment_key: subject.payment_key.to_owned(),
            transaction_key: subject.transaction_key.to_owned(),
            kind,
            amount,
            at,
            lines: vec![
                Line {
                    account: from,
                    debit: amount,
                    credit: 0,
                },
                Line {
                    account: to,
                    debit: 0,
                    credit: amount,
                },
            ],
        }
    }

    fn is_balanced(&self) -> bool {
        let debit: i128 = self.lines.iter().map(|line| i128::from(line.debit)).sum();
        let credit: i128 = self.lines.iter().map(|line| i128::from(line.credit)).sum();
        debit == credit && debit == i128::from(self.amount)
    }
}

/// What an order, or everything together, comes to. Refunds that came back do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub captured: i64,
    pub refunded: i64,
    pub balance: i64,
    pub captures: i64,
    pub refunds: i64,
}

impl Totals {
    fn add(&mut self, posting: &Posting) {
        match posting.kind {
            Kind::Capture => {
                self.captured += posting.amount;
                self.captures += 1;
            }
            Kind::Refund => {
                self.refunded += posting.amount;
                self.refunds += 1;
            }
            Kind::RefundReversal => {
                self.refunded -= posting.amount;
                self.refunds -= 1;
            }
        }
        self.balance = self.captured - self.refunded;
    }
}

/// What is added up apart: an order, at a provider, in a currency.
pub(crate) type Row = (String, Provider, String);

/// Every posting, in order, with running totals.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    postings: Vec<Posting>,
    orders: BTreeMap<Row, Totals>,
    providers: BTreeMap<Provider, BTreeMap<String, Totals>>,
    totals: Totals,
}

impl Ledger {
    pub(crate) fn post(&mut self, posting: Posting) {
        let row = (
            posting.order_id.clone(),
            posting.provider,
            posting.currency.clone(),
        );
        self.orders.entry(row).or_default().add(&posting);
        let currencies = self.providers.entry(posting.provider).or_default();
        currencies
            .entry(posting.currency.clone())
            .or_default()
            .add(&posting);
        self.totals.add(&posting);
        self.postings.push(posting);
    }

    pub(crate) fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Totals of the orders whose id begins with `prefix`, by id.
    pub(crate) fn orders<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a Row, Totals)> + 'a {
        let first = (prefix.to_owned(), Provider::default(), String::new());
        self.orders
            .range(first..)
            .take_while(move |((id, _, _), _)| id.starts_with(prefix))
            .map(|(row, totals)| (row, *totals))
    }

    /// Totals by provider and currency.
    pub(crate) fn providers(&self) -> &BTreeMap<Provider, BTreeMap<String, Totals>> {
        &self.providers
    }

    /// Everything, minor units of all currencies added up.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// Credit minus debit of each account, recomputed from the lines.
    pub(crate) fn accounts(&self) -> BTreeMap<Account, i64> {
        let mut accounts = BTreeMap::from([(Account::Buyer, 0), (Account::Shop, 0)]);
        for line in self.postings.iter().flat_map(|posting| &posting.lines) {
            *accounts.entry(line.account).or_default() += line.credit - line.debit;
        }
        accounts
    }

    /// Whether every posting balances, the accounts cancel out, and no order was refunded more than it paid.
    pub(crate) fn is_sound(&self) -> bool {
        self.postings.iter().all(Posting::is_balanced)
            && self.accounts().values().sum::<i64>() == 0
            && self.orders.values().all(|order| order.balance >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(kind: Kind, order_id: &str, amount: i64) -> Posting {
        let subject = Subject {
            provider: Provider::Toss,
            currency: "krw",
            order_id,
            payment_key: "p",
            transaction_key: "t",
        };
        Posting::new(kind, subject, amount, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_refund_undoes_part_of_a_capture() {
        let mut ledger = Ledger::default();
        ledger.post(posting(Kind::Capture, "order-1", 10_000));
        ledger.post(posting(Kind::Refund, "order-1", 3_000));
        ledger.post(posting(Kind::Capture, "order-2", 500));
        let expected = Totals {
            captured: 10_000,
            refunded: 3_000,
            balance: 7_000,
            captures: 1,
            refunds: 1,
        };
        assert_eq!(
            ledger
                .orders("order-1")
                .map(|(_, totals)| totals)
                .collect::<Vec<_>>(),
            [expected]
        );
        assert_eq!(ledger.orders("order-").count(), 2);
        assert_eq!(ledger.totals().balance, 7_500);
        assert_eq!(ledger.accounts()[&Account::Shop], 7_500);
        assert_eq!(ledger.accounts()[&Account::Buyer], -7_500);
        assert!(ledger.is_sound());
    }

    #[test]
    fn a_refund_that_came_back_does_not_count() {
        let mut ledger = Ledger::default();
        for (kind, amount) in [
            (Kind::Capture, 1_000),
            (Kind::Refund, 400),
            (Kind::RefundReversal, 400),
        ] {
            ledger.post(posting(kind, "order-1", amount));
        }
        let totals = ledger.totals();
        assert_eq!((totals.refunded, totals.refunds, totals.balance), (0, 0, 1_000));
        assert!(ledger.is_sound());
    }

    #[test]
    fn providers_and_currencies_are_kept_apart() {
        let mut ledger = Ledger::default();
        let elsewhere = |currency: &str| Posting {
            provider: Provider::Stripe,
            currency: currency.to_owned(),
            ..posting(Kind::Capture, "order-1", 10)
        };
        ledger.post(posting(Kind::Capture, "order-1", 1_000));
        ledger.post(elsewhere("krw"));
        ledger.post(elsewhere("usd"));
        assert_eq!(ledger.orders("order-1").count(), 3);
        assert_eq!(ledger.providers()[&Provider::Toss]["krw"].captured, 1_000);
        assert_eq!(ledger.providers()[&Provider::Stripe]["usd"].captured, 10);
    }

    #[test]
    fn a_one_sided_posting_is_noticed() {
        let mut ledger = Ledger::default();
        let mut bent = posting(Kind::Capture, "order-1", 100);
        bent.lines.pop();
        ledger.post(bent);
        assert!(!ledger.is_sound());
    }

    #[test]
    fn refunding_more_than_was_paid_is_noticed() {
        let mut ledger = Ledger::default();
        ledger.post(posting(Kind::Refund, "order-1", 1));
        assert!(!ledger.is_sound());
    }
}
