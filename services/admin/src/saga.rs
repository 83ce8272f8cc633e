//! The saga of an order with recalled goods: undo it while that is possible, else
//! prepare its refund. Nothing of it is undone.

use std::time::Duration;

use prost_types::Any;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{OrderState, StopOrderCommand, StopOrderResult};
use xlcfi_contracts::payment::v1::{PrepareRefundCommand, PrepareRefundResult, RefundLine};
use xlcfi_events::Failure;
use xlcfi_saga::{Reversal, Saga, Step, any};
use xlcfi_types::Money;

use crate::campaign::OrderFate;
use crate::store::campaigns;

const STOP_ORDER: &str = "stop-order";

/// What a run knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settling {
    pub order_id: Uuid,
    /// Who recalls.
    pub actor: Uuid,
    pub reason: String,
    /// It was not shipped, as far as is known.
    pub open: bool,
    /// It is undone, so that all of its money goes back.
    pub stopped: bool,
    /// Lines and won to give back when it is not.
    pub parts: Vec<(i32, i64)>,
    /// The refund that was prepared.
    pub refund_id: String,
}

/// Settles orders of recalled goods.
#[derive(Debug)]
pub struct SettleOrder;

const STEPS: &[Step<Settling>] = &[
    Step {
        name: STOP_ORDER,
        participant: "order",
        applies: |state| state.open,
        command: stop_order,
        undo: None,
        resend_after: Duration::from_secs(30),
    },
    Step {
        name: "prepare-refund",
        participant: "payment",
        applies: |state| !state.stopped && !state.parts.is_empty(),
        command: prepare_refund,
        undo: None,
        resend_after: Duration::from_secs(30),
    },
];

fn stop_order(_: Uuid, state: &Settling) -> Any {
    any(&StopOrderCommand {
        order_id: state.order_id.to_string(),
        actor: state.actor.to_string(),
        reason: state.reason.clone(),
    })
}

fn prepare_refund(_: Uuid, state: &Settling) -> Any {
    let line = |(line, won): &(i32, i64)| RefundLine {
        line: *line,
        amount: Some(Money::won(*won).into()),
    };
    any(&PrepareRefundCommand {
        order_id: state.order_id.to_string(),
        lines: state.parts.iter().map(line).collect(),
        reason: state.reason.clone(),
    })
}

impl Saga for SettleOrder {
    const KIND: &'static str = "settle-recalled-order";
    const VERSION: i32 = 1;
    type State = Settling;

    fn steps(version: i32) -> Option<&'static [Step<Settling>]> {
        (version == 1).then_some(STEPS)
    }

    async fn stepped(
        &self,
        _: &mut PgConnection,
        _: Uuid,
        state: &mut Settling,
        step: &'static str,
        result: Option<&Any>,
    ) -> Result<(), Failure> {
        let Some(result) = result else { return Ok(()) };
        if step == STOP_ORDER {
            let stopped: StopOrderResult = result.to_msg()?;
            state.stopped = matches!(stopped.state(), OrderState::Cancelling | OrderState::Cancelled);
        } else {
            let prepared: PrepareRefundResult = result.to_msg()?;
            state.refund_id = prepared.refund_id;
        }
        Ok(())
    }

    async fn completed(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &Settling,
    ) -> Result<(), Failure> {
        let (fate, outcome) = match (state.stopped, state.refund_id.as_str()) {
            (true, _) => (OrderFate::Stopped, ""),
            (false, "") if !state.parts.is_empty() => (OrderFate::Left, "SKIPPED_BY_STAFF"),
            (false, "") => (OrderFate::Left, "NOTHING_PAID"),
            (false, refund_id) => (OrderFate::RefundPrepared, refund_id),
        };
        Ok(campaigns::set_fate(conn, saga_id, fate, outcome).await?)
    }

    async fn compensating(
        &self,
        _: &mut PgConnection,
        _: Uuid,
        _: &Settling,
        _: &Reversal,
    ) -> Result<(), Failure> {
        Ok(())
    }

    async fn compensated(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        _: &Settling,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        Ok(campaigns::set_fate(conn, saga_id, OrderFate::Failed, &reversal.reason).await?)
    }
}
