//! Credit lines of business buyers: what may be ordered, which deposit pays what,
//! what is overdue.

use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::calendar::seoul_date;
use xlcfi_types::{Id, Money};

use crate::payment::{Order, Payment, Reason};

/// Names the ids of deposits.
#[derive(Debug, Clone, Copy)]
pub enum DepositId {}

/// What a business buyer may owe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditLine {
    pub member_id: Id<Member>,
    pub terms: Terms,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// What is agreed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub business_name: String,
    /// Ten digits.
    pub registration_number: String,
    pub limit: i64,
    /// Days from an order to the day it is to be paid.
    pub days: i32,
    pub bank: String,
    pub account_number: String,
    pub active: bool,
}

/// How a member's account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Left to pay of what was ordered.
    pub owed: i64,
    /// Paid and not used up.
    pub unapplied: i64,
}

impl CreditLine {
    /// What may be ordered on account now.
    pub fn available(&self, balance: Balance) -> i64 {
        match self.terms.active {
            true => (self.terms.limit + balance.unapplied - balance.owed).max(0),
            false => 0,
        }
    }

    /// Whether so much may be ordered on account now.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, balance: Balance, amount: i64) -> Result<(), Reason> {
        if !self.terms.active {
            return Err(Reason::CreditStopped);
        }
        if amount > self.available(balance) {
            return Err(Reason::CreditLimitExceeded);
        }
        Ok(())
    }

    /// The day what is ordered now is to be paid.
    pub fn due_date(&self, now: OffsetDateTime) -> Date {
        seoul_date(now)
            .checked_add(Duration::days(self.terms.days.into()))
            .unwrap_or(Date::MAX)
    }
}

/// What is owed for a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receivable {
    pub payment_id: Id<Payment>,
    pub order_id: Id<Order>,
    pub member_id: Id<Member>,
    pub title: String,
    pub amount: Money,
    /// Given back before it was paid.
    pub credited: i64,
    /// Paid by deposits.
    pub paid: i64,
    /// Left to pay.
    pub open: i64,
    pub due_date: Date,
    pub create_time: OffsetDateTime,
}

/// Money that came into an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    pub deposit_id: Id<DepositId>,
    pub said: Said,
    /// What of it pays something.
    pub applied: i64,
    /// Whose it is, once known.
    pub member_id: Option<Id<Member>>,
    pub note: String,
    pub create_time: OffsetDateTime,
}

/// What the bank says of a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub transaction_id: String,
    pub account_number: String,
    pub depositor: String,
    pub amount: i64,
    pub time: OffsetDateTime,
}

/// Something with so much of it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub id: Uuid,
    pub amount: i64,
}

/// So much of a deposit that pays a receivable; below zero when it no longer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application {
    pub deposit_id: Uuid,
    pub payment_id: Uuid,
    pub amount: i64,
}

/// Which money pays what, each from its first on.
pub fn matched(open: &[Left], money: &[Left]) -> Vec<Application> {
    let mut found = Vec::new();
    let mut money = money.iter().copied();
    let mut purse = money.next();
    for receivable in open {
        let mut wanted = receivable.amount;
        while wanted > 0
            && let Some(deposit) = &mut purse
        {
            let amount = wanted.min(deposit.amount);
            if amount > 0 {
                found.push(Application {
                    deposit_id: deposit.id,
                    payment_id: receivable.id,
                    amount,
                });
            }
            wanted -= amount;
            deposit.amount -= amount;
            if deposit.amount <= 0 {
                purse = money.next();
            }
        }
    }
    found
}

/// Which of the money that pays a receivable is free again when `amount` of it is
/// given back, from the first on.
pub fn freed(payment_id: Uuid, paid_by: &[Left], amount: i64) -> Vec<Application> {
    let wanted = [Left {
        id: payment_id,
        amount,
    }];
    let mut found = matched(&wanted, paid_by);
    for application in &mut found {
        application.amount = -application.amount;
    }
    found
}

/// What is open, by how long it is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ageing {
    pub current: i64,
    /// 1 to 30 days.
    pub days_30: i64,
    /// 31 to 60 days.
    pub days_60: i64,
    /// 61 to 90 days.
    pub days_90: i64,
    /// Longer.
    pub older: i64,
}

/// Days since it was to be paid; zero when there is time.
pub fn days_overdue(due: Date, today: Date) -> i32 {
    i32::try_from((today - due).whole_days().max(0)).unwrap_or(i32::MAX)
}

/// Sorts what is open by the day it was to be paid.
pub fn ageing(open: impl IntoIterator<Item = (Date, i64)>, today: Date) -> Ageing {
    let mut ageing = Ageing::default();
    for (due, amount) in open {
        *match days_overdue(due, today) {
            ..=0 => &mut ageing.current,
            1..=30 => &mut ageing.days_30,
            31..=60 => &mut ageing.days_60,
            61..=90 => &mut ageing.days_90,
            _ => &mut ageing.older,
        } += amount;
    }
    ageing
}

#[cfg(test)]
mod tests;
