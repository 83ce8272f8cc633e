//! The double-entry ledger of each payment. An entry debits one account and
//! credits another, so the books balance by their shape.

use strum::IntoStaticStr;
use xlcfi_types::Id;

use crate::payment::Payment;
use crate::refund::{By, Refund};

/// Where money stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Account {
    /// What the buyer owes.
    Receivable,
    /// What was sold.
    Sales,
    /// What the PG has taken and not paid out.
    PgClearing,
    /// What was sold and given back.
    Refund,
    /// What the PG keeps for its service.
    Fee,
    /// What the PG has paid out.
    Payout,
    /// What buyers on account have paid, less what was given back by hand.
    Bank,
}

/// What an entry is made for. Each cause is booked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Cause {
    Capture,
    Refund,
    Fee,
    Payout,
    /// A deposit pays what is owed.
    Deposit,
    /// A refund frees what a deposit paid.
    Release,
}

/// One amount from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub payment_id: Id<Payment>,
    pub debit: Account,
    pub credit: Account,
    /// Above zero.
    pub amount: i64,
    pub cause: Cause,
    /// Names the one thing it is made for.
    pub cause_id: String,
}

/// The PG took the money of a sale.
pub fn captured(payment_id: Id<Payment>, amount: i64) -> [Entry; 2] {
    use Account::{PgClearing, Receivable, Sales};
    [(Receivable, Sales), (PgClearing, Receivable)]
        .map(|accounts| entry(payment_id, accounts, amount, Cause::Capture, payment_id))
}

/// Some of it was given back, by the PG or from our bank.
pub fn refunded(payment_id: Id<Payment>, amount: i64, refund_id: Id<Refund>, by: By) -> Entry {
    let from = match by {
        By::Pg => Account::PgClearing,
        By::Hand => Account::Bank,
    };
    entry(
        payment_id,
        (Account::Refund, from),
        amount,
        Cause::Refund,
        refund_id,
    )
}

/// A sale on account: the buyer owes it.
pub fn owed(payment_id: Id<Payment>, amount: i64) -> Entry {
    let accounts = (Account::Receivable, Account::Sales);
    entry(payment_id, accounts, amount, Cause::Capture, payment_id)
}

/// Some of what was sold on account is given back: the buyer owes less.
pub fn credited(payment_id: Id<Payment>, amount: i64, refund_id: Id<Refund>) -> Entry {
    let accounts = (Account::Refund, Account::Receivable);
    entry(payment_id, accounts, amount, Cause::Refund, refund_id)
}

/// A deposit pays some of what is owed; below zero, it no longer does.
pub fn applied(payment_id: Id<Payment>, amount: i64, application: impl ToString) -> Entry {
    let (accounts, cause) = match amount {
        0.. => ((Account::Bank, Account::Receivable), Cause::Deposit),
        _ => ((Account::Receivable, Account::Bank), Cause::Release),
    };
    entry(payment_id, accounts, amount.saturating_abs(), cause, application)
}

/// The PG kept some for its service, or gave it back where it is below zero. Nothing
/// is booked of nothing.
pub fn fee(payment_id: Id<Payment>, amount: i64, transaction: &str) -> Option<Entry> {
    taken(payment_id, Account::Fee, amount, Cause::Fee, transaction)
}

/// The PG paid some out, or took it back where it is below zero.
pub fn payout(payment_id: Id<Payment>, amount: i64, transaction: &str) -> Option<Entry> {
    taken(payment_id, Account::Payout, amount, Cause::Payout, transaction)
}

fn taken(
    payment_id: Id<Payment>,
    by: Account,
    amount: i64,
    cause: Cause,
    transaction: &str,
) -> Option<Entry> {
    let accounts = match amount {
        0.. => (by, Account::PgClearing),
        _ => (Account::PgClearing, by),
    };
    (amount != 0).then(|| entry(payment_id, accounts, amount.saturating_abs(), cause, transaction))
}

fn entry(
    payment_id: Id<Payment>,
    (debit, credit): (Account, Account),
    amount: i64,
    cause: Cause,
    cause_id: impl ToString,
) -> Entry {
    Entry {
        payment_id,
        debit,
        credit,
        amount,
        cause,
        cause_id: cause_id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pg_keeps_leaves_its_clearing_and_comes_back_to_it() {
        let of = Id::new();
        let kept = fee(of, 250, "t").expect("it is something");
        assert_eq!(
            (kept.debit, kept.credit, kept.amount),
            (Account::Fee, Account::PgClearing, 250)
        );
        let given = fee(of, -100, "t").expect("it is something");
        assert_eq!(
            (given.debit, given.credit, given.amount),
            (Account::PgClearing, Account::Fee, 100)
        );
        assert_eq!(fee(of, 0, "t"), None);
        let paid = payout(of, 9_750, "t").expect("it is something");
        assert_eq!((paid.debit, paid.credit), (Account::Payout, Account::PgClearing));
    }
}
