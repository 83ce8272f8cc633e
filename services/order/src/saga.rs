//! The saga of an order: reserve stock, hold points, take the payment, sell
//! the stock. Its id is the order's id.

use std::time::Duration;

use prost_types::Any;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{HoldPointsCommand, ReleasePointsCommand};
use xlcfi_contracts::payment::v1::{CancelPaymentCommand, TakePaymentCommand};
use xlcfi_contracts::product::v1::{CommitStockCommand, ReleaseStockCommand, ReserveStockCommand, StockLine};
use xlcfi_events::Failure;
use xlcfi_saga::{Reversal, Saga, Step, any};
use xlcfi_types::{Clock, Id, Money};

use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::order::Order;

const RESERVE_STOCK: &str = "reserve-stock";
const HOLD_POINTS: &str = "hold-points";

/// What a run knows of its order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrderState {
    member_id: Uuid,
    title: String,
    lines: Vec<(Uuid, i64)>,
    points: i64,
    payable: Money,
    tax_exempt: Money,
    payment_method_id: Option<Uuid>,
    #[serde(with = "time::serde::timestamp")]
    reserved_until: OffsetDateTime,
    #[serde(with = "time::serde::timestamp")]
    payment_due: OffsetDateTime,
}

impl OrderState {
    pub(crate) fn new(order: &Order, reserved_until: OffsetDateTime) -> Self {
        Self {
            member_id: order.member_id.uuid(),
            title: order.title(),
            lines: order
                .lines
                .iter()
                .map(|line| (line.product_id, line.quantity))
                .collect(),
            points: order.points_used,
            payable: order.payable(),
            tax_exempt: order.tax_exempt_payable(),
            payment_method_id: order.payment_method_id,
            reserved_until,
            payment_due: order.payment_due_time,
        }
    }
}

pub(crate) struct OrderSaga {
    pub(crate) clock: Clock,
}

const STEPS: &[Step<OrderState>] = &[
    Step {
        name: RESERVE_STOCK,
        participant: "product",
        applies: |_| true,
        command: reserve_stock,
        undo: Some(release_stock),
        resend_after: Duration::from_secs(5),
    },
    Step {
        name: HOLD_POINTS,
        participant: "member",
        applies: |state| state.points > 0,
        command: hold_points,
        undo: Some(release_points),
        resend_after: Duration::from_secs(5),
    },
    Step {
        name: "take-payment",
        participant: "payment",
        applies: |state| state.payable.minor > 0,
        command: take_payment,
        undo: Some(cancel_payment),
        // Buyers take minutes; the payment service answers when it knows.
        resend_after: Duration::from_secs(60),
    },
    Step {
        name: "commit-stock",
        participant: "product",
        applies: |_| true,
        command: commit_stock,
        // Releasing the stock takes back what was sold, too.
        undo: None,
        resend_after: Duration::from_secs(5),
    },
];

impl Saga for OrderSaga {
    const KIND: &'static str = "create-order";
    const VERSION: i32 = 1;
    type State = OrderState;

    fn steps(version: i32) -> Option<&'static [Step<OrderState>]> {
        (version == 1).then_some(STEPS)
    }

    async fn stepped(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &mut OrderState,
        step: &'static str,
        _result: Option<&Any>,
    ) -> Result<(), Failure> {
        let last_before_payment = if state.points > 0 {
            HOLD_POINTS
        } else {
            RESERVE_STOCK
        };
        if step == last_before_payment && state.payable.minor > 0 {
            flows::await_payment(conn, Id::from_uuid(saga_id), self.clock.now())
                .await
                .map_err(failure)?;
        }
        Ok(())
    }

    async fn completed(&self, conn: &mut PgConnection, saga_id: Uuid, _: &OrderState) -> Result<(), Failure> {
        flows::confirm(conn, Id::from_uuid(saga_id), self.clock.now())
            .await
            .map_err(failure)
    }

    async fn compensating(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        _: &OrderState,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        flows::begin_cancelling(conn, Id::from_uuid(saga_id), reversal, self.clock.now())
            .await
            .map_err(failure)
    }

    async fn compensated(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        _: &OrderState,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        flows::finish_cancelling(conn, Id::from_uuid(saga_id), reversal, self.clock.now())
            .await
            .map_err(failure)
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Fault(fault) => Failure::retry(fault),
        error => Failure::poison(error),
    }
}

fn reserve_stock(saga_id: Uuid, state: &OrderState) -> Any {
    let line = |(product_id, quantity): &(Uuid, i64)| StockLine {
        product_id: product_id.to_string(),
        quantity: *quantity,
    };
    any(&ReserveStockCommand {
        order_id: saga_id.to_string(),
        lines: state.lines.iter().map(line).collect(),
        expire_time: Some(convert::timestamp(state.reserved_until)),
    })
}

fn release_stock(saga_id: Uuid, _: &OrderState, _: &Reversal) -> Any {
    any(&ReleaseStockCommand {
        order_id: saga_id.to_string(),
    })
}

fn hold_points(saga_id: Uuid, state: &OrderState) -> Any {
    any(&HoldPointsCommand {
        order_id: saga_id.to_string(),
        member_id: state.member_id.to_string(),
        points: state.points,
    })
}

fn release_points(saga_id: Uuid, state: &OrderState, _: &Reversal) -> Any {
    any(&ReleasePointsCommand {
        order_id: saga_id.to_string(),
        member_id: state.member_id.to_string(),
    })
}

fn take_payment(saga_id: Uuid, state: &OrderState) -> Any {
    any(&TakePaymentCommand {
        order_id: saga_id.to_string(),
        member_id: state.member_id.to_string(),
        title: state.title.clone(),
        amount: Some(state.payable.into()),
        tax_exempt_amount: Some(state.tax_exempt.into()),
        payment_method_id: state
            .payment_method_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        due_time: Some(convert::timestamp(state.payment_due)),
    })
}

fn cancel_payment(saga_id: Uuid, _: &OrderState, reversal: &Reversal) -> Any {
    any(&CancelPaymentCommand {
        order_id: saga_id.to_string(),
        reason: reversal.reason.clone(),
    })
}

fn commit_stock(saga_id: Uuid, _: &OrderState) -> Any {
    any(&CommitStockCommand {
        order_id: saga_id.to_string(),
    })
}
