//! The double-entry ledger of each payment. An entry debits one account and
//! credits another, so the books balance by their shape.

use strum::IntoStaticStr;

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
    /// What buyers on account have paid.
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
    pub debit: Account,
    pub credit: Account,
    /// Above zero.
    pub amount: i64,
    pub cause: Cause,
    /// Names the one thing it is made for.
    pub cause_id: String,
}

/// The PG took the money of a sale.
pub fn captured(amount: i64, cause_id: impl ToString) -> Vec<Entry> {
    let cause_id = cause_id.to_string();
    [
        (Account::Receivable, Account::Sales),
        (Account::PgClearing, Account::Receivable),
    ]
    .map(|(debit, credit)| Entry {
        debit,
        credit,
        amount,
        cause: Cause::Capture,
        cause_id: cause_id.clone(),
    })
    .into()
}

/// The PG gave some of it back.
pub fn refunded(amount: i64, cause_id: impl ToString) -> Vec<Entry> {
    one(
        Account::Refund,
        Account::PgClearing,
        amount,
        Cause::Refund,
        cause_id,
    )
}

fn one(debit: Account, credit: Account, amount: i64, cause: Cause, cause_id: impl ToString) -> Vec<Entry> {
    vec![Entry {
        debit,
        credit,
        amount,
        cause,
        cause_id: cause_id.to_string(),
    }]
}

/// A sale on account: the buyer owes it.
pub fn owed(amount: i64, cause_id: impl ToString) -> Vec<Entry> {
    one(
        Account::Receivable,
        Account::Sales,
        amount,
        Cause::Capture,
        cause_id,
    )
}

/// Some of what was sold on account is given back: the buyer owes less.
pub fn credited(amount: i64, cause_id: impl ToString) -> Vec<Entry> {
    one(
        Account::Refund,
        Account::Receivable,
        amount,
        Cause::Refund,
        cause_id,
    )
}

/// A deposit pays some of what is owed; below zero, it no longer does.
pub fn applied(amount: i64, cause_id: impl ToString) -> Vec<Entry> {
    let (paid, cause_id) = (amount.abs(), cause_id.to_string());
    match amount > 0 {
        true => one(Account::Bank, Account::Receivable, paid, Cause::Deposit, cause_id),
        false => one(Account::Receivable, Account::Bank, paid, Cause::Release, cause_id),
    }
}

/// The PG kept some for its service, or gave it back where it is below zero. Nothing
/// is booked of nothing.
pub fn fee(amount: i64, cause_id: impl ToString) -> Option<Entry> {
    taken(Account::Fee, amount, Cause::Fee, cause_id)
}

/// The PG paid some out, or took it back where it is below zero.
pub fn payout(amount: i64, cause_id: impl ToString) -> Option<Entry> {
    taken(Account::Payout, amount, Cause::Payout, cause_id)
}

fn taken(account: Account, amount: i64, cause: Cause, cause_id: impl ToString) -> Option<Entry> {
    let (debit, credit) = match amount {
        0.. => (account, Account::PgClearing),
        _ => (Account::PgClearing, account),
    };
    (amount != 0).then(|| Entry {
        debit,
        credit,
        amount: amount.saturating_abs(),
        cause,
        cause_id: cause_id.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pg_keeps_leaves_its_clearing_and_comes_back_to_it() {
        let kept = fee(250, "t").expect("it is something");
        assert_eq!(
            (kept.debit, kept.credit, kept.amount),
            (Account::Fee, Account::PgClearing, 250)
        );
        let given = fee(-100, "t").expect("it is something");
        assert_eq!(
            (given.debit, given.credit, given.amount),
            (Account::PgClearing, Account::Fee, 100)
        );
        assert_eq!(fee(0, "t"), None);
        let paid = payout(9_750, "t").expect("it is something");
        assert_eq!((paid.debit, paid.credit), (Account::Payout, Account::PgClearing));
    }
}
