//! Credit lines of the contract to the domain and back.

use time::{Date, OffsetDateTime};
use xlcfi_contracts::convert::time;
use xlcfi_contracts::payment::v1::{
    Ageing as AgeingMessage, CreditLine as CreditLineMessage, Deposit as DepositMessage,
    Receivable as ReceivableMessage, RecordDepositRequest, SetCreditLineRequest,
};
use xlcfi_contracts::types::v1::Money as MoneyMessage;
use xlcfi_errors::Invalid;
use xlcfi_types::calendar::{parse_month, seoul_date};
use xlcfi_types::{Currency, Money};

use super::timestamp;
use crate::credit::{self, Ageing, Balance, CreditLine, Deposit, Receivable, Said, Terms};

/// The terms of a credit line.
pub fn terms(request: SetCreditLineRequest) -> Result<Terms, Invalid> {
    Ok(Terms {
        limit: won("limit", request.limit.as_ref(), 0)?,
        business_name: request.business_name,
        registration_number: request.registration_number,
        days: request.terms_days,
        bank: request.bank,
        account_number: request.account_number,
        active: request.active,
    })
}

/// What the bank says of a deposit.
pub fn said(request: RecordDepositRequest) -> Result<Said, Invalid> {
    let when = request.deposit_time.and_then(time);
    Ok(Said {
        amount: won("amount", request.amount.as_ref(), 1)?,
        time: when.ok_or_else(|| Invalid::field("deposit_time", "say when the bank received it"))?,
        transaction_id: request.transaction_id,
        account_number: request.account_number,
        depositor: request.depositor,
    })
}

fn won(field: &str, money: Option<&MoneyMessage>, least: i64) -> Result<i64, Invalid> {
    let money = Money::try_from(money.unwrap_or(&MoneyMessage::default()))
        .map_err(|error| Invalid::field(field, error.to_string()))?;
    match money {
        Money {
            currency: Currency::Krw,
            minor,
        } if minor >= least => Ok(minor),
        _ => Err(Invalid::field(
            field,
            format!("must be in won, and at least {least}"),
        )),
    }
}

/// The first day of a month such as `2026-11`.
pub fn month(text: &str) -> Result<Date, Invalid> {
    parse_month(text).ok_or_else(|| Invalid::field("month", "must be a month such as 2026-11"))
}

fn money(won: i64) -> Option<MoneyMessage> {
    Some(Money::won(won).into())
}

pub fn credit_line_message(line: &CreditLine, balance: Balance) -> CreditLineMessage {
    let terms = &line.terms;
    CreditLineMessage {
        member_id: line.member_id.to_string(),
        business_name: terms.business_name.clone(),
        registration_number: terms.registration_number.clone(),
        limit: money(terms.limit),
        terms_days: terms.days,
        bank: terms.bank.clone(),
        account_number: terms.account_number.clone(),
        active: terms.active,
        owed: money(balance.owed),
        unapplied: money(balance.unapplied),
        available: money(line.available(balance)),
        version: line.version,
        create_time: Some(timestamp(line.create_time)),
        update_time: Some(timestamp(line.update_time)),
    }
}

pub fn receivable_message(receivable: &Receivable, now: OffsetDateTime) -> ReceivableMessage {
    let overdue = match receivable.open {
        0 => 0,
        _ => credit::days_overdue(receivable.due_date, seoul_date(now)),
    };
    ReceivableMessage {
        payment_id: receivable.payment_id.to_string(),
        order_id: receivable.order_id.to_string(),
        member_id: receivable.member_id.to_string(),
        title: receivable.title.clone(),
        amount: Some(receivable.amount.into()),
        credited: money(receivable.credited),
        paid: money(receivable.paid),
        open: money(receivable.open),
        due_date: receivable.due_date.to_string(),
        days_overdue: overdue,
        create_time: Some(timestamp(receivable.create_time)),
    }
}

pub fn ageing_message(ageing: Ageing) -> AgeingMessage {
    let Ageing {
        current,
        days_30,
        days_60,
        days_90,
        older,
    } = ageing;
    AgeingMessage {
        current: money(current),
        days_30: money(days_30),
        days_60: money(days_60),
        days_90: money(days_90),
        older: money(older),
        total: money(current + days_30 + days_60 + days_90 + older),
    }
}

pub fn deposit_message(deposit: &Deposit) -> DepositMessage {
    let said = &deposit.said;
    DepositMessage {
        deposit_id: deposit.deposit_id.to_string(),
        transaction_id: said.transaction_id.clone(),
        account_number: said.account_number.clone(),
        depositor: said.depositor.clone(),
        amount: money(said.amount),
        applied: money(deposit.applied),
        unapplied: money(said.amount - deposit.applied),
        member_id: deposit.member_id.map_or_else(String::new, |id| id.to_string()),
        note: deposit.note.clone(),
        deposit_time: Some(timestamp(said.time)),
        create_time: Some(timestamp(deposit.create_time)),
    }
}
