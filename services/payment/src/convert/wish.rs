//! What is to be paid, of orders and of the saga that pays them.

use xlcfi_contracts::convert::time;
use xlcfi_contracts::order::v1::Order as OrderMessage;
use xlcfi_contracts::payment::v1::{PaymentLine, TakePaymentCommand};
use xlcfi_types::Money;

use crate::line::{Line, of_sums, sums};
use crate::payment::Wish;

/// The PG shows no more of a title.
const LONGEST_TITLE: usize = 100;

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
        _ if command.on_account => None,
        id => Some(id.parse().map_err(|error| text(&error))?),
    };
    let (title, tax_exempt) = (
        title(&command.title),
        tax_exempt.unwrap_or(Money { minor: 0, ..amount }),
    );
    let lines = match command.lines.as_slice() {
        // Runs of before there were lines.
        [] => of_sums(&title, amount.minor, tax_exempt.minor),
        lines => lines.iter().map(line).collect(),
    };
    let wish = Wish {
        order_id: command.order_id.parse().map_err(|error| text(&error))?,
        member_id: command.member_id.parse().map_err(|error| text(&error))?,
        title,
        amount,
        tax_exempt,
        lines,
        payment_method_id,
        on_account: command.on_account,
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
    let lines: Vec<Line> = (1..)
        .zip(&order.lines)
        .map(|(place, line)| Line {
            line: place,
            title: line.name.clone(),
            amount: line.payable.as_ref().map_or(0, |payable| payable.minor_units),
            tax_exempt: line.tax_exempt,
            refunded: 0,
        })
        .filter(|line| line.amount != 0)
        .collect();
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
            minor: sums(&lines).1,
            ..amount
        },
        lines,
        payment_method_id: None,
        on_account: false,
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
    if sums(&wish.lines) != (wish.amount.minor, wish.tax_exempt.minor)
        || wish.lines.iter().any(|line| line.amount <= 0)
    {
        return Err("the lines do not make up the amount".into());
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

fn line(line: &PaymentLine) -> Line {
    Line {
        line: line.line,
        title: line.title.clone(),
        amount: line.amount.as_ref().map_or(0, |amount| amount.minor_units),
        tax_exempt: line.tax_exempt,
        refunded: 0,
    }
}

#[cfg(test)]
mod tests {
    use xlcfi_contracts::convert::timestamp;
    use xlcfi_contracts::order::v1::OrderLine;
    use xlcfi_identity::Member;
    use xlcfi_types::Id;

    use super::*;
    use crate::payment::Order;

    fn line(name: &str, amount: i64, tax_exempt: bool) -> OrderLine {
        OrderLine {
            name: name.into(),
            payable: Some(Money::won(amount).into()),
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
        assert_eq!(
            wish(vec![line(&"감".repeat(200), 1_000, true)])
                .title
                .chars()
                .count(),
            100
        );
    }

    #[test]
    fn what_points_pay_all_of_is_no_line_of_the_payment() {
        let lines = vec![
            line("감자", 700, true),
            line("우유", 0, false),
            line("쌀", 300, false),
        ];
        let wish = wish_of_order(&order(1_000, lines)).expect("valid").expect("some");
        assert_eq!(wish.tax_exempt, Money::won(700));
        let places: Vec<i32> = wish.lines.iter().map(|line| line.line).collect();
        assert_eq!(places, [1, 3]);
    }

    #[test]
    fn lines_that_do_not_make_up_the_amount_are_refused() {
        assert!(wish_of_order(&order(999, vec![line("감자", 1_000, true)])).is_err());
        assert!(wish_of_order(&order(1_000, vec![])).is_err());
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
