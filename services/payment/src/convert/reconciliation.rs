//! Reports of days to the contract.

use xlcfi_contracts::payment::v1::{
    Reconciliation, ReconciliationLine, ReconciliationOutcome, ReconciliationState, TransactionKind,
};
use xlcfi_contracts::types::v1::Money as MoneyMessage;
use xlcfi_types::Money;

use super::{provider_message, timestamp};
use crate::pg::Kind;
use crate::reconcile::Outcome;
use crate::report::{CURRENCY, Kept, Report, State};

/// The state a list is narrowed to.
pub fn report_state(state: ReconciliationState) -> Option<State> {
    match state {
        ReconciliationState::Unspecified => None,
        ReconciliationState::Begun => Some(State::Begun),
        ReconciliationState::Balanced => Some(State::Balanced),
        ReconciliationState::Open => Some(State::Open),
    }
}

/// The outcome a list is narrowed to.
pub fn outcome(outcome: ReconciliationOutcome) -> Option<Outcome> {
    match outcome {
        ReconciliationOutcome::Unspecified => None,
        ReconciliationOutcome::Matched => Some(Outcome::Matched),
        ReconciliationOutcome::MissingHere => Some(Outcome::MissingHere),
        ReconciliationOutcome::MissingThere => Some(Outcome::MissingThere),
        ReconciliationOutcome::AmountDiffers => Some(Outcome::AmountDiffers),
        ReconciliationOutcome::FeeDiffers => Some(Outcome::FeeDiffers),
    }
}

pub fn report_message(report: &Report) -> Reconciliation {
    let state = match report.state {
        State::Begun => ReconciliationState::Begun,
        State::Balanced => ReconciliationState::Balanced,
        State::Open => ReconciliationState::Open,
    };
    let money = |minor| {
        let money = Money {
            currency: CURRENCY,
            minor,
        };
        Some(money.into())
    };
    let sums = &report.sums;
    Reconciliation {
        reconciliation_id: report.reconciliation_id.to_string(),
        provider: provider_message(Some(report.provider)),
        day: report.day.to_string(),
        state: state.into(),
        run: report.run,
        matched: sums.matched,
        missing_here: sums.missing_here,
        missing_there: sums.missing_there,
        amount_differs: sums.amount_differs,
        fee_differs: sums.fee_differs,
        healed: sums.healed,
        captured: money(sums.captured),
        provider_captured: money(sums.provider_captured),
        refunded: money(sums.refunded),
        provider_refunded: money(sums.provider_refunded),
        provider_fee: money(sums.provider_fee),
        provider_paid_out: money(sums.provider_paid_out),
        begin_time: Some(timestamp(report.begin_time)),
        end_time: report.end_time.map(timestamp),
    }
}

pub fn reconciled_line_message(line: &Kept) -> ReconciliationLine {
    let outcome = match line.outcome {
        Outcome::Matched => ReconciliationOutcome::Matched,
        Outcome::MissingHere => ReconciliationOutcome::MissingHere,
        Outcome::MissingThere => ReconciliationOutcome::MissingThere,
        Outcome::AmountDiffers => ReconciliationOutcome::AmountDiffers,
        Outcome::FeeDiffers => ReconciliationOutcome::FeeDiffers,
    };
    let kind = match line.kind {
        Kind::Capture => TransactionKind::Capture,
        Kind::Refund => TransactionKind::Refund,
        Kind::RefundReturned => TransactionKind::RefundReturned,
        Kind::Payout => TransactionKind::Payout,
        Kind::Other => TransactionKind::Other,
    };
    // A PG may book in a currency payments are never made in.
    let money = |minor: Option<i64>| {
        minor.map(|minor_units| MoneyMessage {
            currency_code: line.currency.clone(),
            minor_units,
        })
    };
    ReconciliationLine {
        line_id: line.line_id.to_string(),
        outcome: outcome.into(),
        kind: kind.into(),
        transaction_keys: line.transaction_keys.clone(),
        payment_key: line.pg_key.clone(),
        payment_id: line.payment_id.map_or_else(String::new, |id| id.to_string()),
        order_id: line.order_id.clone(),
        amount: money(line.ours),
        provider_amount: money(line.theirs),
        fee: money(line.fee_ours),
        provider_fee: money(line.fee_theirs),
        time: Some(timestamp(line.at)),
        healed: line.healed,
        note: line.note.clone(),
    }
}
