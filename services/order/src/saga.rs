//! The saga of an order: reserve stock, hold points, take the payment, sell
//! the stock. Its id is the order's id.

use std::time::Duration;

use prost_types::Any;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{HoldPointsCommand, ReleasePointsCommand};
use xlcfi_contracts::payment::v1::{CancelPaymentCommand, PaymentLine, TakePaymentCommand};
use xlcfi_contracts::product::v1::{CommitStockCommand, ReleaseStockCommand, ReserveStockCommand, StockLine};
use xlcfi_events::Failure;
use xlcfi_saga::{Reversal, Saga, Step, any};
use xlcfi_types::{Clock, Id, Money};

use crate::convert;
use crate::flows;
use crate::order::{Line, Order};

const RESERVE_STOCK: &str = "reserve-stock";
const HOLD_POINTS: &str = "hold-points";

/// What a run knows of its order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrderState {
    member_id: Uuid,
    title: String,
    lines: Vec<StockWanted>,
    points: i64,
    payable: Money,
    tax_exempt: Money,
    /// What the payment is made of; runs of before did not say.
    #[serde(default)]
    paid_lines: Vec<PaidLine>,
    payment_method_id: Option<Uuid>,
    /// The buyer owes it; nobody did in runs of before.
    #[serde(default)]
    on_account: bool,
    #[serde(with = "time::serde::timestamp")]
    reserved_until: OffsetDateTime,
    #[serde(with = "time::serde::timestamp")]
    payment_due: OffsetDateTime,
}

/// What a run has paid of a line of its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PaidLine {
    /// Its place in the order, from 1.
    line: i32,
    title: String,
    amount: Money,
    tax_exempt: bool,
}

/// What a run reserves of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "KeptLine")]
struct StockWanted {
    product_id: Uuid,
    quantity: i64,
    minimum_remaining_days: i32,
    maximum_remaining_days: Option<i32>,
}

/// A line in the states of all versions.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptLine {
    V1(Uuid, i64),
    V2 {
        product_id: Uuid,
        quantity: i64,
        minimum_remaining_days: i32,
        maximum_remaining_days: Option<i32>,
    },
}

impl From<KeptLine> for StockWanted {
    fn from(line: KeptLine) -> Self {
        match line {
            KeptLine::V1(product_id, quantity) => Self {
                product_id,
                quantity,
                minimum_remaining_days: 0,
                maximum_remaining_days: None,
            },
            KeptLine::V2 {
                product_id,
                quantity,
                minimum_remaining_days,
                maximum_remaining_days,
            } => Self {
                product_id,
                quantity,
                minimum_remaining_days,
                maximum_remaining_days,
            },
        }
    }
}

impl OrderState {
    pub(crate) fn new(order: &Order, reserved_until: OffsetDateTime) -> Self {
        Self {
            member_id: order.member_id.uuid(),
            title: order.title(),
            lines: order.lines.iter().map(stock_wanted).collect(),
            points: order.points_used,
            payable: order.payable(),
            tax_exempt: order.tax_exempt_payable(),
            paid_lines: paid_lines(order),
            payment_method_id: order.payment_method_id,
            on_account: order.on_account,
            reserved_until,
            payment_due: order.payment_due_time,
        }
    }
}

/// The lines money is paid for.
fn paid_lines(order: &Order) -> Vec<PaidLine> {
    let lines = (1..).zip(&order.lines).zip(order.payable_shares());
    let paid = lines.map(|((place, line), amount)| PaidLine {
        line: place,
        title: line.name.clone(),
        amount,
        tax_exempt: line.tax_exempt,
    });
    paid.filter(|line| line.amount.minor > 0).collect()
}

fn stock_wanted(line: &Line) -> StockWanted {
    StockWanted {
        product_id: line.product_id,
        quantity: line.quantity,
        minimum_remaining_days: line.minimum_remaining_days,
        maximum_remaining_days: line.maximum_remaining_days,
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
    // 2 promises life. Its runs are left to processes that can read them.
    const VERSION: i32 = 2;
    type State = OrderState;

    fn steps(version: i32) -> Option<&'static [Step<OrderState>]> {
        matches!(version, 1 | 2).then_some(STEPS)
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
            flows::moves::await_payment(conn, Id::from_uuid(saga_id), self.clock.now())
                .await
                .map_err(Failure::from)?;
        }
        Ok(())
    }

    async fn completed(&self, conn: &mut PgConnection, saga_id: Uuid, _: &OrderState) -> Result<(), Failure> {
        flows::moves::confirm(conn, Id::from_uuid(saga_id), self.clock.now())
            .await
            .map_err(Failure::from)
    }

    async fn compensating(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        _: &OrderState,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        flows::moves::begin_cancelling(conn, Id::from_uuid(saga_id), reversal, self.clock.now())
            .await
            .map_err(Failure::from)
    }

    async fn compensated(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        _: &OrderState,
        reversal: &Reversal,
    ) -> Result<(), Failure> {
        flows::moves::finish_cancelling(conn, Id::from_uuid(saga_id), reversal, self.clock.now())
            .await
            .map_err(Failure::from)
    }
}

fn reserve_stock(saga_id: Uuid, state: &OrderState) -> Any {
    let line = |line: &StockWanted| StockLine {
        product_id: line.product_id.to_string(),
        quantity: line.quantity,
        minimum_remaining_days: line.minimum_remaining_days,
        maximum_remaining_days: line.maximum_remaining_days,
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
    let line = |line: &PaidLine| PaymentLine {
        line: line.line,
        title: line.title.clone(),
        amount: Some(line.amount.into()),
        tax_exempt: line.tax_exempt,
        refunded: None,
    };
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
        lines: state.paid_lines.iter().map(line).collect(),
        on_account: state.on_account,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_both_versions_are_read() {
        let state = |line: serde_json::Value| -> OrderState {
            let kept = serde_json::json!({
                "member_id": Uuid::nil(), "title": "감자", "lines": [line], "points": 0,
                "payable": Money::won(1), "tax_exempt": Money::won(1), "payment_method_id": null,
                "reserved_until": 600, "payment_due": 570,
            });
            serde_json::from_value(kept).expect("a state")
        };
        let bare = StockWanted {
            product_id: Uuid::nil(),
            quantity: 2,
            minimum_remaining_days: 0,
            maximum_remaining_days: None,
        };
        assert!(!state(serde_json::json!([Uuid::nil(), 2])).on_account);
        assert_eq!(
            state(serde_json::json!([Uuid::nil(), 2])).lines,
            std::slice::from_ref(&bare)
        );
        for promised in [
            bare.clone(),
            StockWanted {
                minimum_remaining_days: 30,
                ..bare.clone()
            },
            StockWanted {
                maximum_remaining_days: Some(3),
                ..bare
            },
        ] {
            let kept = serde_json::to_value(&promised).expect("a value");
            assert_eq!(state(kept).lines, [promised]);
        }
    }
}
