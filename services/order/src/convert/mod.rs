//! Contract messages to and from the domain.

pub(crate) mod facts;

use prost::Message as _;
use strum::VariantArray as _;
use uuid::Uuid;
pub(crate) use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::member::v1::Address as MemberAddress;
use xlcfi_contracts::order::v1 as pb;
use xlcfi_contracts::product::v1::{PricedLine, TaxClass};
use xlcfi_contracts::types::v1 as types;
use xlcfi_errors::Invalid;
pub(crate) use xlcfi_errors::fields::{id, page, uuid};
use xlcfi_types::Money;

use crate::cart::{Cart, CartLine};
use crate::flows::orders::NewOrder;
use crate::order::{Address, Line, Order, PaymentFlow, State};
use crate::recall::{Recall, RecalledLine};
use crate::store::orders::Request;
use crate::wanted::{Life, Wanted};

/// A new order, with every field that is wrong.
pub(crate) fn new_order(request: pb::CreateOrderRequest) -> Result<NewOrder, Invalid> {
    let mut invalid = Invalid::default();
    let request_id = invalid.take("request_id", request.request_id.parse::<Uuid>());
    let digest = Uuid::new_v5(&request_id.unwrap_or_default(), &request.encode_to_vec());
    let mut lines: Vec<Wanted> = Vec::with_capacity(request.lines.len());
    for (index, line) in request.lines.iter().enumerate() {
        let at = format!("lines[{index}].");
        let Some(wanted) = wanted(&mut invalid, &at, line) else {
            continue;
        };
        if lines.iter().any(|other| other.product_id == wanted.product_id) {
            invalid.add(
                format!("{at}product_id"),
                "stands in an earlier line; add the quantities up",
            );
        }
        lines.push(wanted);
    }
    let mut optional = |field: &str, text: &str| match text {
        "" => None,
        text => invalid.take(field, text.parse::<Uuid>()),
    };
    let address_id = optional("address_id", &request.address_id);
    let payment_method_id = optional("payment_method_id", &request.payment_method_id);
    if request.on_account && !request.payment_method_id.is_empty() {
        invalid.add("on_account", "must be left out with payment_method_id");
    }
    invalid.into_result()?;
    Ok(NewOrder {
        request: Request {
            id: request_id.unwrap_or_default(),
            digest,
        },
        lines,
        address_id,
        points: request.points,
        payment_method_id,
        on_account: request.on_account,
    })
}

/// The line a cart shall have.
pub(crate) fn cart_wanted(request: &pb::SetCartLineRequest) -> Result<Wanted, Invalid> {
    let line = pb::NewOrderLine {
        product_id: request.product_id.clone(),
        quantity: request.quantity,
        minimum_remaining_days: request.minimum_remaining_days,
        near_expiry: request.near_expiry,
    };
    let mut invalid = Invalid::default();
    let wanted = wanted(&mut invalid, "", &line);
    invalid.into_result()?;
    wanted.ok_or_else(Invalid::default)
}

/// A line; `None` after telling what is wrong with its fields, which stand `at`.
fn wanted(invalid: &mut Invalid, at: &str, line: &pb::NewOrderLine) -> Option<Wanted> {
    let product_id = invalid.take(&format!("{at}product_id"), line.product_id.parse::<Uuid>());
    let life = Life::new(line.minimum_remaining_days, line.near_expiry);
    if life.is_none() {
        invalid.add(
            format!("{at}minimum_remaining_days"),
            "must be 0 with near_expiry",
        );
    }
    Some(Wanted {
        product_id: product_id?,
        quantity: line.quantity,
        life: life?,
    })
}

/// A line as product prices it.
pub(crate) fn priced_line(line: PricedLine) -> Result<Line, &'static str> {
    let tax_exempt = line.tax() == TaxClass::Exempt;
    Ok(Line {
        product_id: line
            .product_id
            .parse()
            .map_err(|_| "product answered with a broken product_id")?,
        seller_id: line
            .seller_id
            .parse()
            .map_err(|_| "product answered with a broken seller_id")?,
        unit_price: priced(line.unit_price)?,
        amount: priced(line.amount)?,
        name: line.name,
        unit: line.unit,
        quantity: line.quantity,
        tax_exempt,
        minimum_remaining_days: line.minimum_remaining_days,
        maximum_remaining_days: line.maximum_remaining_days,
    })
}

fn priced(money: Option<types::Money>) -> Result<Money, &'static str> {
    let money = money.ok_or("product answered without a price")?;
    Money::try_from(&money).map_err(|_| "product answered in an unknown currency")
}

pub(crate) fn address(address: MemberAddress) -> Address {
    Address {
        recipient: address.recipient,
        phone: address.phone,
        postal_code: address.postal_code,
        line1: address.line1,
        line2: address.line2,
    }
}

pub(crate) fn order(order: &Order) -> pb::Order {
    let flow = match order.payment_flow() {
        PaymentFlow::StoredMethod => pb::PaymentFlow::StoredMethod,
        PaymentFlow::Widget => pb::PaymentFlow::Widget,
        PaymentFlow::PointsOnly => pb::PaymentFlow::PointsOnly,
        PaymentFlow::OnAccount => pb::PaymentFlow::OnAccount,
    };
    let address = &order.address;
    pb::Order {
        order_id: order.id.to_string(),
        member_id: order.member_id.to_string(),
        state: state(order.state).into(),
        lines: order.lines.iter().zip(order.payable_shares()).map(line).collect(),
        total: Some(order.total.into()),
        points_used: order.points_used,
        payable: Some(order.payable().into()),
        payment_flow: flow.into(),
        address: Some(pb::ShippingAddress {
            recipient: address.recipient.clone(),
            phone: address.phone.clone(),
            postal_code: address.postal_code.clone(),
            line1: address.line1.clone(),
            line2: address.line2.clone(),
        }),
        failure_reason: order.failure_reason.clone(),
        message: order.message.clone(),
        payment_due_time: (order.state == State::AwaitingPayment).then(|| timestamp(order.payment_due_time)),
        recalls: order.recalls.iter().map(recall).collect(),
        version: order.version,
        create_time: Some(timestamp(order.create_time)),
        update_time: Some(timestamp(order.update_time)),
    }
}

fn line((line, payable): (&Line, Money)) -> pb::OrderLine {
    pb::OrderLine {
        product_id: line.product_id.to_string(),
        name: line.name.clone(),
        unit: line.unit.clone(),
        seller_id: line.seller_id.to_string(),
        quantity: line.quantity,
        unit_price: Some(line.unit_price.into()),
        amount: Some(line.amount.into()),
        tax_exempt: line.tax_exempt,
        minimum_remaining_days: line.minimum_remaining_days,
        near_expiry: line.is_near_expiry(),
        maximum_remaining_days: line.maximum_remaining_days,
        payable: Some(payable.into()),
    }
}

pub(crate) fn recall(recall: &Recall) -> pb::OrderRecall {
    let line = |line: &RecalledLine| pb::RecalledLine {
        product_id: line.product_id.to_string(),
        lot_id: line.lot_id.to_string(),
        quantity: line.quantity,
        sold: line.sold,
    };
    pb::OrderRecall {
        recall_id: recall.recall_id.to_string(),
        reason: recall.reason.clone(),
        lines: recall.lines.iter().map(line).collect(),
        time: Some(timestamp(recall.time)),
    }
}

pub(crate) fn state(state: State) -> pb::OrderState {
    match state {
        State::Pending => pb::OrderState::Pending,
        State::AwaitingPayment => pb::OrderState::AwaitingPayment,
        State::Confirmed => pb::OrderState::Confirmed,
        State::Shipped => pb::OrderState::Shipped,
        State::Delivered => pb::OrderState::Delivered,
        State::Cancelling => pb::OrderState::Cancelling,
        State::Cancelled => pb::OrderState::Cancelled,
    }
}

/// The state a list is filtered by; unspecified means all.
pub(crate) fn state_filter(filter: pb::OrderState) -> Option<State> {
    State::VARIANTS
        .iter()
        .copied()
        .find(|candidate| state(*candidate) == filter)
}

pub(crate) fn cart(cart: Cart) -> pb::Cart {
    pb::Cart {
        lines: cart.lines.into_iter().map(cart_line).collect(),
        total: Some(cart.total.into()),
        update_time: cart.update_time.map(timestamp),
    }
}

fn cart_line(line: CartLine) -> pb::CartLine {
    let bare = pb::CartLine {
        product_id: line.wanted.product_id.to_string(),
        quantity: line.wanted.quantity,
        minimum_remaining_days: line.wanted.life.minimum_remaining_days(),
        near_expiry: line.wanted.life.is_near_expiry(),
        recalled: line.recall_reason.is_some(),
        recall_reason: line.recall_reason.unwrap_or_default(),
        ..Default::default()
    };
    match line.priced {
        Ok(priced) => pb::CartLine {
            name: priced.name,
            unit: priced.unit,
            unit_price: Some(priced.unit_price.into()),
            amount: Some(priced.amount.into()),
            ..bare
        },
        Err(problem) => pb::CartLine {
            problem: problem.to_owned(),
            ..bare
        },
    }
}
