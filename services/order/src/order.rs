//! What an order is, and which way it may go.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money, MoneyError};

use crate::recall::Recall;

/// An order as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub id: Id<Order>,
    pub member_id: Id<Member>,
    pub state: State,
    pub lines: Vec<Line>,
    pub address: Address,
    pub total: Money,
    pub points_used: i64,
    pub payment_method_id: Option<Uuid>,
    /// Owed by the buyer's credit line.
    pub on_account: bool,
    pub failure_reason: String,
    pub message: String,
    pub payment_due_time: OffsetDateTime,
    pub confirm_time: Option<OffsetDateTime>,
    pub recalls: Vec<Recall>,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// One product of an order, as agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub product_id: Uuid,
    pub name: String,
    pub unit: String,
    pub seller_id: Id<Member>,
    pub quantity: i64,
    pub unit_price: Money,
    pub amount: Money,
    pub tax_exempt: bool,
    /// Days left that its lots have at least, as promised; orders of before
    /// promised nothing.
    #[serde(default)]
    pub minimum_remaining_days: i32,
    /// Days left that its lots have at most, when it is near expiry.
    #[serde(default)]
    pub maximum_remaining_days: Option<i32>,
}

impl Line {
    pub(crate) fn is_near_expiry(&self) -> bool {
        self.maximum_remaining_days.is_some()
    }
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub recipient: String,
    pub phone: String,
    pub postal_code: String,
    pub line1: String,
    pub line2: String,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString, VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub(crate) enum State {
    Pending,
    AwaitingPayment,
    Confirmed,
    Shipped,
    Delivered,
    Cancelling,
    Cancelled,
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentFlow {
    StoredMethod,
    Widget,
    PointsOnly,
    OnAccount,
}

impl State {
    /// Whether an order may go from here to `next`.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(next, Self::AwaitingPayment | Self::Confirmed | Self::Cancelling),
            Self::AwaitingPayment => matches!(next, Self::Confirmed | Self::Cancelling),
            // An admin may also turn back what was sent or has arrived.
            Self::Confirmed => matches!(next, Self::Shipped | Self::Cancelling),
            Self::Shipped => matches!(next, Self::Delivered | Self::Cancelling),
            Self::Delivered => next == Self::Cancelling,
            Self::Cancelling => next == Self::Cancelled,
            Self::Cancelled => false,
        }
    }

    /// Whether its buyer may still cancel.
    pub(crate) fn cancellable(self) -> bool {
        matches!(self, Self::Pending | Self::AwaitingPayment | Self::Confirmed)
    }

    /// Whether nothing more will happen by itself.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled)
    }
}

impl Order {
    /// What is to be paid with money.
    pub(crate) fn payable(&self) -> Money {
        Money {
            minor: self.total.minor - self.points_used,
            ..self.total
        }
    }

    /// What of each line is paid with money: points pay the same share of all, to a
    /// won. The sum is [`Order::payable`], and no share is above its line.
    pub(crate) fn payable_shares(&self) -> Vec<Money> {
        let (payable, total) = (
            i128::from(self.payable().minor),
            i128::from(self.total.minor.max(1)),
        );
        let mut amount_so_far = 0_i128;
        let mut paid_so_far = 0_i128;
        let shares = self.lines.iter().map(|line| {
            amount_so_far += i128::from(line.amount.minor);
            let paid = amount_so_far * payable / total;
            let share = paid - std::mem::replace(&mut paid_so_far, paid);
            Money {
                // Not above the line's amount, which is an i64.
                minor: i64::try_from(share).unwrap_or(0),
                ..line.amount
            }
        });
        shares.collect()
    }

    /// The part of what is to be paid that bears no VAT.
    pub(crate) fn tax_exempt_payable(&self) -> Money {
        let shares = self.lines.iter().zip(self.payable_shares());
        let exempt = shares
            .filter(|(line, _)| line.tax_exempt)
            .map(|(_, share)| share.minor);
        Money {
            minor: exempt.sum(),
            ..self.total
        }
    }

    pub(crate) fn payment_flow(&self) -> PaymentFlow {
        match (self.payable().minor, self.payment_method_id) {
            (0, _) => PaymentFlow::PointsOnly,
            _ if self.on_account => PaymentFlow::OnAccount,
            (_, Some(_)) => PaymentFlow::StoredMethod,
            (_, None) => PaymentFlow::Widget,
        }
    }

    /// What others call it, for example `감자 외 2건`.
    pub(crate) fn title(&self) -> String {
        let first = self.lines.first().map_or("", |line| line.name.as_str());
        match self.lines.len() {
            0 | 1 => first.to_owned(),
            lines => format!("{first} 외 {}건", lines - 1),
        }
    }

    /// Whether this seller has a line of it.
    pub(crate) fn sold_by(&self, seller: Id<Member>) -> bool {
        self.lines.iter().any(|line| line.seller_id == seller)
    }

    /// Whether all lines are this seller's.
    pub(crate) fn sold_only_by(&self, seller: Id<Member>) -> bool {
        self.lines.iter().all(|line| line.seller_id == seller)
    }
}

/// Sum of the lines.
pub(crate) fn total(lines: &[Line]) -> Result<Money, MoneyError> {
    lines
        .iter()
        .try_fold(Money::won(0), |sum, line| sum.plus(line.amount))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(amount: i64, tax_exempt: bool) -> Line {
        Line {
            product_id: Uuid::now_v7(),
            name: "감자".into(),
            unit: "10kg 상자".into(),
            seller_id: Id::new(),
            quantity: 1,
            unit_price: Money::won(amount),
            amount: Money::won(amount),
            tax_exempt,
            minimum_remaining_days: 0,
            maximum_remaining_days: None,
        }
    }

    fn order(lines: Vec<Line>, points_used: i64) -> Order {
        let now = OffsetDateTime::UNIX_EPOCH;
        Order {
            id: Id::new(),
            member_id: Id::new(),
            state: State::Pending,
            total: total(&lines).expect("small"),
            lines,
            address: Address {
                recipient: String::new(),
                phone: String::new(),
                postal_code: String::new(),
                line1: String::new(),
                line2: String::new(),
            },
            points_used,
            payment_method_id: None,
            on_account: false,
            failure_reason: String::new(),
            message: String::new(),
            payment_due_time: now,
            confirm_time: None,
            recalls: Vec::new(),
            version: 1,
            create_time: now,
            update_time: now,
        }
    }

    #[test]
    fn a_line_of_before_promises_were_kept_is_read() {
        let kept = serde_json::json!({
            "product_id": Uuid::nil(), "name": "감자", "unit": "상자", "seller_id": Uuid::nil(), "quantity": 2,
            "unit_price": Money::won(1), "amount": Money::won(2), "tax_exempt": true,
        });
        let line: Line = serde_json::from_value(kept).expect("a line of before");
        assert_eq!((line.minimum_remaining_days, line.is_near_expiry()), (0, false));
    }

    #[test]
    fn an_ended_order_goes_nowhere_but_an_admin_may_take_back_what_arrived() {
        assert!(
            State::VARIANTS
                .iter()
                .all(|next| !State::Cancelled.leads_to(*next))
        );
        assert!(State::Delivered.leads_to(State::Cancelling));
        assert!(!State::Cancelling.leads_to(State::Confirmed));
    }

    #[test]
    fn a_title_names_the_first_product_and_counts_the_others() {
        assert_eq!(order(vec![line(1, true)], 0).title(), "감자");
        assert_eq!(
            order(vec![line(1, true), line(1, true), line(1, true)], 0).title(),
            "감자 외 2건"
        );
    }

    #[test]
    fn points_that_pay_all_leave_nothing_for_the_pg() {
        assert_eq!(
            order(vec![line(500, false)], 500).payment_flow(),
            PaymentFlow::PointsOnly
        );
        assert_eq!(
            order(vec![line(500, false)], 499).payment_flow(),
            PaymentFlow::Widget
        );
        for (points, flow) in [(500, PaymentFlow::PointsOnly), (499, PaymentFlow::OnAccount)] {
            let order = Order {
                on_account: true,
                ..order(vec![line(500, false)], points)
            };
            assert_eq!(order.payment_flow(), flow);
        }
    }

    proptest! {
        #[test]
        fn the_shares_make_up_what_is_paid_and_none_is_above_its_line(
            amounts in prop::collection::vec((1i64..1_000_000_000, any::<bool>()), 1..20),
            share in 0i64..=100,
        ) {
            let lines: Vec<Line> = amounts.iter().map(|(amount, exempt)| line(*amount, *exempt)).collect();
            let all = total(&lines).expect("small").minor;
            let order = order(lines, all / 100 * share);
            let shares = order.payable_shares();
            prop_assert_eq!(shares.iter().map(|share| share.minor).sum::<i64>(), order.payable().minor);
            for (share, line) in shares.iter().zip(&order.lines) {
                prop_assert!((0..=line.amount.minor).contains(&share.minor));
            }
            let exempt = order.tax_exempt_payable().minor;
            prop_assert!((0..=order.payable().minor).contains(&exempt));
        }
    }
}
