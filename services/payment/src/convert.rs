//! Contract to domain and back.

use xlcfi_contracts::convert::time;
pub use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::order::v1::Order as OrderMessage;
use xlcfi_contracts::payment::v1::{
    ConfirmPaymentRequest, Payment as PaymentMessage, PaymentMethod, PaymentState, TakePaymentCommand,
};
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{id, page};
use xlcfi_types::{Id, Money};

use crate::method::Method;
use crate::payment::{Order, Payment, State, Wish};

/// The PG shows no more of a title.
const LONGEST_TITLE: usize = 100;

/// What a buyer confirms.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub order_id: Id<Order>,
    pub payment_key: String,
    pub amount: Money,
}

pub fn confirmation(request: ConfirmPaymentRequest) -> Result<Confirmation, Invalid> {
    let mut invalid = Invalid::default();
    let order_id = invalid.take("order_id", request.order_id.parse());
    let amount = invalid.take(
        "amount.currency_code",
        Money::try_from(&request.amount.unwrap_or_default()),
    );
    invalid.into_result()?;
    match (order_id, amount) {
        (Some(order_id), Some(amount)) => Ok(Confirmation {
            order_id,
            amount,
            payment_key: request.payment_key,
        }),
        _ => Err(Invalid::field("order_id", "must be a UUID")),
    }
}

/// The wish of a command, or what is wrong with it.
pub fn wish_of_command(command: &TakePaymentCommand) -> Result<Wish, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let amount =
        Money::try_from(command.amount.as_ref().ok_or("no amount")?).map_err(|error| text(&error))?;
    let tax_exempt = command
        .tax_exempt_amount
        .as_ref()
        .map(Money::try_from)
        .transpose()
        .map_err(|error| text(&error))?;
    let due_time = command.due_time.and_then(time).ok_or("no due time")?;
    let payment_method_id = match command.payment_method_id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|error| text(&error))?),
    };
    let wish = Wish {
        order_id: command.order_id.parse().map_err(|error| text(&error))?,
        member_id: command.member_id.parse().map_err(|error| text(&error))?,
        title: title(&command.title),
        amount,
        tax_exempt: tax_exempt.unwrap_or(Money { minor: 0, ..amount }),
        payment_method_id,
        due_time: Some(due_time),
    };
    checked(wish)
}

/// The wish of an order; `None` when there is nothing to pay.
pub fn wish_of_order(order: &OrderMessage) -> Result<Option<Wish>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let amount = Money::try_from(order.payable.as_ref().ok_or("no amount")?).map_err(|error| text(&error))?;
    if amount.minor == 0 {
        return Ok(None);
    }
    let exempt = order.lines.iter().filter(|line| line.tax_exempt);
    let exempt = exempt
        .filter_map(|line| line.amount.as_ref())
        .map(|amount| amount.minor_units);
    let others = match order.lines.len() {
        0 | 1 => String::new(),
        lines => format!(" 외 {}건", lines - 1),
    };
    let first = order.lines.first().map_or("주문", |line| &line.name);
    let wish = Wish {
        order_id: order.order_id.parse().map_err(|error| text(&error))?,
        member_id: order.member_id.parse().map_err(|error| text(&error))?,
        title: title(&format!("{first}{others}")),
        amount,
        tax_exempt: Money {
            minor: exempt.sum::<i64>().min(amount.minor),
            ..amount
        },
        payment_method_id: None,
        due_time: None,
    };
    checked(wish).map(Some)
}

fn checked(wish: Wish) -> Result<Wish, String> {
    if wish.amount.minor <= 0 {
        return Err("the amount is not above zero".into());
    }
    if !(0..=wish.amount.minor).contains(&wish.tax_exempt.minor) {
        return Err("the tax-exempt amount is not a part of the amount".into());
    }
    Ok(wish)
}

/// Not empty, and no longer than the PG takes.
fn title(text: &str) -> String {
    match text.trim() {
        "" => "주문".into(),
        text => text.chars().take(LONGEST_TITLE).collect(),
    }
}

fn state(state: State) -> PaymentState {
    match state {
        State::Prepared => PaymentState::Prepared,
        State::AwaitingBuyer => PaymentState::AwaitingBuyer,
        State::Pending => PaymentState::Pending,
        State::Captured => PaymentState::Captured,
        State::Failed => PaymentState::Failed,
        State::Refunding => PaymentState::Refunding,
        State::Refunded => PaymentState::Refunded,
        State::Cancelled => PaymentState::Cancelled,
        State::Conflicted => PaymentState::Conflicted,
    }
}

pub fn payment_message(payment: &Payment) -> PaymentMessage {
    let waits = payment.state == State::AwaitingBuyer;
    PaymentMessage {
        payment_id: payment.payment_id.to_string(),
        order_id: payment.order_id.to_string(),
        member_id: payment.member_id.to_string(),
        state: state(payment.state).into(),
        amount: Some(payment.amount.into()),
        captured: Some(payment.captured.into()),
        refunded: Some(payment.refunded.into()),
        message: payment.message.clone(),
        failure_reason: payment.failure.map_or("", |reason| reason.into_str()).to_owned(),
        receipt_url: payment.receipt_url.clone(),
        checkout_order_id: payment.order_id.to_string(),
        due_time: payment.due_time.filter(|_| waits).map(timestamp),
        create_time: Some(timestamp(payment.create_time)),
        update_time: Some(timestamp(payment.update_time)),
    }
}

pub fn method_message(method: &Method) -> PaymentMethod {
    PaymentMethod {
        payment_method_id: method.payment_method_id.to_string(),
        label: method.label.clone(),
        create_time: Some(timestamp(method.create_time)),
    }
}

#[cfg(test)]
mod tests {
    use xlcfi_contracts::order::v1::OrderLine;
    use xlcfi_identity::Member;

    use super::*;

    fn line(name: &str, amount: i64, tax_exempt: bool) -> OrderLine {
        OrderLine {
            name: name.into(),
            amount: Some(Money::won(amount).into()),
            tax_exempt,
            ..OrderLine::default()
        }
    }

    fn order(payable: i64, lines: Vec<OrderLine>) -> OrderMessage {
        OrderMessage {
            order_id: Id::<Order>::new().to_string(),
            member_id: Id::<Member>::new().to_string(),
            payable: Some(Money::won(payable).into()),
            lines,
            ..OrderMessage::default()
        }
    }

    #[test]
    fn an_order_is_titled_by_its_first_line_and_the_number_of_others() {
        let wish = |lines| {
            wish_of_order(&order(1_000, lines))
                .expect("valid")
                .expect("something to pay")
        };
        assert_eq!(wish(vec![line("감자", 1_000, true)]).title, "감자");
        assert_eq!(
            wish(vec![line("감자", 600, true), line("우유", 400, false)]).title,
            "감자 외 1건"
        );
        assert_eq!(wish(vec![]).title, "주문");
        assert_eq!(
            wish(vec![line(&"감".repeat(200), 1_000, true)])
                .title
                .chars()
                .count(),
            100
        );
    }

    #[test]
    fn points_lower_the_exempt_part_no_further_than_needed() {
        let lines = vec![line("감자", 700, true), line("우유", 300, false)];
        let exempt = |payable| {
            wish_of_order(&order(payable, lines.clone()))
                .expect("valid")
                .expect("some")
                .tax_exempt
        };
        assert_eq!(exempt(1_000), Money::won(700));
        assert_eq!(exempt(500), Money::won(500));
    }

    #[test]
    fn an_order_paid_with_points_alone_needs_no_payment() {
        assert!(
            wish_of_order(&order(0, vec![line("감자", 700, true)]))
                .expect("valid")
                .is_none()
        );
    }

    #[test]
    fn a_command_that_makes_no_sense_is_refused() {
        let good = TakePaymentCommand {
            order_id: Id::<Order>::new().to_string(),
            member_id: Id::<Member>::new().to_string(),
            amount: Some(Money::won(1_000).into()),
            due_time: Some(timestamp(time::OffsetDateTime::UNIX_EPOCH)),
            ..TakePaymentCommand::default()
        };
        assert!(wish_of_command(&good).is_ok());
        let won = |won| Some(Money::won(won).into());
        for bad in [
            TakePaymentCommand {
                amount: won(0),
                ..good.clone()
            },
            TakePaymentCommand {
                amount: None,
                ..good.clone()
            },
            TakePaymentCommand {
                tax_exempt_amount: won(1_001),
                ..good.clone()
            },
            TakePaymentCommand {
                due_time: None,
                ..good.clone()
            },
            TakePaymentCommand {
                order_id: "apple".into(),
                ..good.clone()
            },
            TakePaymentCommand {
                payment_method_id: "apple".into(),
                ..good.clone()
            },
        ] {
            assert!(wish_of_command(&bad).is_err(), "{bad:?}");
        }
    }
}
