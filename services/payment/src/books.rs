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
}

/// What an entry is made for. Each cause is booked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Cause {
    Capture,
    Refund,
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
    vec![Entry {
        debit: Account::Refund,
        credit: Account::PgClearing,
        amount,
        cause: Cause::Refund,
        cause_id: cause_id.to_string(),
    }]
}
