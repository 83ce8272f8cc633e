//! Refunds of the contract to the domain and back.

use xlcfi_contracts::payment::v1::{
    CreateRefundRequest, PrepareRefundCommand, ReceiveAccount, Refund as RefundMessage, RefundDecision,
    RefundLine, RefundState,
};
use xlcfi_errors::Invalid;
use xlcfi_types::{Id, Money};

use super::{id, timestamp};
use crate::line::Part;
use crate::payment::Order;
use crate::pg::Account;
use crate::refund::{self, Decision, Refund};

/// A refund that is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub order_id: Id<Order>,
    pub parts: Vec<Part>,
    pub reason: String,
    pub account: Option<Account>,
}

pub fn asked(request: CreateRefundRequest) -> Result<Asked, Invalid> {
    let mut parts = Vec::with_capacity(request.lines.len());
    for (at, line) in request.lines.into_iter().enumerate() {
        let amount = Money::try_from(&line.amount.unwrap_or_default())
            .map_err(|error| Invalid::field(format!("lines[{at}].amount"), error.to_string()))?;
        parts.push(Part {
            line: line.line,
            amount: amount.minor,
        });
    }
    Ok(Asked {
        order_id: id("order_id", &request.order_id)?,
        parts,
        reason: request.reason,
        account: request.receive_account.map(account),
    })
}

/// What an admin's saga asks to prepare.
pub fn prepared(command: &PrepareRefundCommand) -> Result<Asked, Invalid> {
    let reason = command.reason.chars().take(200).collect();
    asked(CreateRefundRequest {
        order_id: command.order_id.clone(),
        lines: command.lines.clone(),
        reason,
        receive_account: None,
        request_id: String::new(),
    })
}

fn account(account: ReceiveAccount) -> Account {
    Account {
        bank: account.bank,
        account_number: account.account_number,
        holder_name: account.holder_name,
    }
}

/// What was decided about a refund.
pub fn decision(decision: RefundDecision, receive: Option<ReceiveAccount>) -> Result<Decision, Invalid> {
    match decision {
        RefundDecision::Approve => Ok(Decision::Approve {
            account: receive.map(account),
        }),
        RefundDecision::Reject => Ok(Decision::Reject),
        RefundDecision::PaidByHand => Ok(Decision::PaidByHand),
        RefundDecision::Unspecified => Err(Invalid::field("decision", "say what is to be done")),
    }
}

/// The state a list is narrowed to.
pub fn refund_state(state: RefundState) -> Option<refund::State> {
    match state {
        RefundState::Unspecified => None,
        RefundState::Pending => Some(refund::State::Pending),
        RefundState::Review => Some(refund::State::Review),
        RefundState::Succeeded => Some(refund::State::Succeeded),
        RefundState::Rejected => Some(refund::State::Rejected),
    }
}

pub fn refund_message(refund: &Refund) -> RefundMessage {
    let state = match refund.state {
        refund::State::Pending => RefundState::Pending,
        refund::State::Review => RefundState::Review,
        refund::State::Succeeded => RefundState::Succeeded,
        refund::State::Rejected => RefundState::Rejected,
    };
    let parts = refund.parts.iter().map(|part| RefundLine {
        line: part.line,
        amount: Some(
            Money {
                minor: part.amount,
                ..refund.amount
            }
            .into(),
        ),
    });
    RefundMessage {
        refund_id: refund.refund_id.to_string(),
        payment_id: refund.payment_id.to_string(),
        order_id: refund.order_id.to_string(),
        state: state.into(),
        amount: Some(refund.amount.into()),
        tax_exempt_amount: Some(refund.tax_exempt.into()),
        lines: parts.collect(),
        reason: refund.reason.clone(),
        review_reason: refund.review.map_or("", |review| review.into_str()).to_owned(),
        provider_code: refund.code.clone(),
        note: refund.note.clone(),
        version: refund.version,
        create_time: Some(timestamp(refund.create_time)),
        update_time: Some(timestamp(refund.update_time)),
    }
}
