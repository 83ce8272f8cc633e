//! What each call on payments and accounts does: read, check, change, record, answer.

use serde_json::Value;

use super::cancel::CancelRequest;
use super::desk::Desk;
use super::errors::{
    DEPOSIT_REFUSED, DUPLICATED_ORDER_ID, EXCEED_MAX_VALID_HOURS, INVALID_BANK, INVALID_REQUEST,
    NOT_AVAILABLE_BANK, NOT_FOUND_PAYMENT, REFUND_REJECTED, REJECT_CARD_PAYMENT, Refusal,
};
use super::payment::{Account, Kind, Method, Payment, Status};
use super::requests::{
    ConfirmRequest, DepositRequest, SessionRequest, VirtualAccountRequest, check_customer_key, check_order,
    declines_with,
};
use super::{bank, keys, view};

pub(super) type Answer = Result<Value, Refusal>;

/// A virtual account stays open this long unless the request says otherwise, and never longer than the second.
const VALID_HOURS: i64 = 168;
const MOST_VALID_HOURS: i64 = 720;

/// The buyer chose a method and authenticated in the widget.
pub(super) fn open_session(desk: &mut Desk<'_>, request: SessionRequest) -> Answer {
    let SessionRequest {
        amount,
        tax_free_amount,
        method,
        ..
    } = request;
    check_order(
        &request.order_id,
        &request.order_name,
        amount,
        tax_free_amount,
        method,
    )?;
    if let Some(key) = &request.customer_key {
        check_customer_key(key)?;
    }
    let account = match method {
        Method::VirtualAccount => Some(account(
            desk,
            request.bank.as_deref().unwrap_or("20"),
            request.customer_name,
            VALID_HOURS,
        )?),
        Method::Card | Method::EasyPay => None,
    };
    let payment = Payment {
        declines_with: declines_with(request.behavior.as_deref())?,
        method,
        account,
        customer_key: request.customer_key,
        ..new_payment(
            desk,
            request.order_id,
            request.order_name,
            amount,
            tax_free_amount,
        )?
    };
    desk.save(&payment);
    Ok(view::session(&payment))
}

/// The shop confirms what the buyer authenticated.
pub(super) fn confirm(desk: &mut Desk<'_>, request: ConfirmRequest) -> Answer {
    let payment = desk
        .book()
        .payment(&request.payment_key)
        .cloned()
        .ok_or(NOT_FOUND_PAYMENT)?;
    payment.check_confirm(&request.order_id, request.amount)?;
    if desk.book().is_used_up(&request.order_id) {
        return Err(DUPLICATED_ORDER_ID);
    }
    approve(desk, payment)
}

/// Approves or declines a payment that passed every check.
pub(super) fn approve(desk: &mut Desk<'_>, payment: Payment) -> Answer {
    if let Some(refusal) = desk.decline(payment.declines_with.as_deref(), REJECT_CARD_PAYMENT) {
        desk.abort(payment, refusal);
        return Err(refusal);
    }
    let approved = payment.approved(keys::transaction_key(), desk.now);
    desk.save(&approved);
    if approved.status == Status::Done {
        desk.capture(&approved);
    }
    desk.announce(&approved);
    Ok(desk.show(&approved))
}

pub(super) fn cancel(desk: &mut Desk<'_>, payment_key: &str, request: &CancelRequest) -> Answer {
    let payment = desk
        .book()
        .payment(payment_key)
        .cloned()
        .ok_or(NOT_FOUND_PAYMENT)?;
    let captured = payment.approved_at.is_some();
    let before = payment.balance;
    let cancelled = payment.cancelled(request, keys::transaction_key(), desk.now)?;
    if let Some(refusal) = desk.decline(None, REFUND_REJECTED) {
        return Err(refusal);
    }
    desk.save(&cancelled);
    if captured {
        desk.refund(&cancelled, before - cancelled.balance);
    }
    desk.announce(&cancelled);
    Ok(desk.show(&cancelled))
}

pub(super) fn by_key(desk: &Desk<'_>, payment_key: &str) -> Answer {
    desk.book()
        .payment(payment_key)
        .map(|payment| desk.show(payment))
        .ok_or(NOT_FOUND_PAYMENT)
}

pub(super) fn by_order(desk: &Desk<'_>, order_id: &str) -> Answer {
    desk.book()
        .of_order(order_id)
        .map(|payment| desk.show(payment))
        .ok_or(NOT_FOUND_PAYMENT)
}

/// The shop asks for an account without the widget.
pub(super) fn issue_account(desk: &mut Desk<'_>, request: VirtualAccountRequest) -> Answer {
    let VirtualAccountRequest {
        amount,
        tax_free_amount,
        ..
    } = request;
    check_order(
        &request.order_id,
        &request.order_name,
        amount,
        tax_free_amount,
        Method::VirtualAccount,
    )?;
    let hours = request.valid_hours.unwrap_or(VALID_HOURS);
    let account = account(desk, &request.bank, Some(request.customer_name), hours)?;
    if let Some(refusal) = desk.decline(None, NOT_AVAILABLE_BANK) {
        return Err(refusal);
    }
    let payment = Payment {
        method: Method::VirtualAccount,
        account: Some(account),
        ..new_payment(
            desk,
            request.order_id,
            request.order_name,
            amount,
            tax_free_amount,
        )?
    };
    approve(desk, payment)
}

/// The buyer pays into the account.
pub(super) fn deposit(desk: &mut Desk<'_>, order_id: &str, request: &DepositRequest) -> Answer {
    let payment = desk.book().of_order(order_id).cloned().ok_or(NOT_FOUND_PAYMENT)?;
    let amount = request.amount.unwrap_or(payment.total);
    let paid = payment
        .deposited(amount, keys::transaction_key(), desk.now)
        .map_err(|_| DEPOSIT_REFUSED)?;
    desk.save(&paid);
    desk.capture(&paid);
    desk.announce(&paid);
    Ok(desk.show(&paid))
}

/// A payment the buyer has authenticated just now.
pub(super) fn new_payment(
    desk: &Desk<'_>,
    order_id: String,
    order_name: String,
    total: i64,
    tax_free: i64,
) -> Result<Payment, Refusal> {
    if desk.book().is_used_up(&order_id) {
        return Err(DUPLICATED_ORDER_ID);
    }
    Ok(Payment {
        key: keys::payment_key(),
        secret: keys::secret(),
        kind: Kind::Normal,
        method: Method::Card,
        status: Status::InProgress,
        order_id,
        order_name,
        customer_key: None,
        total,
        balance: total,
        tax_free,
        requested_at: desk.now,
        approved_at: None,
        last_transaction_key: None,
        account: None,
        cancels: Vec::new(),
        failure: None,
        declines_with: None,
    })
}

fn account(
    desk: &Desk<'_>,
    bank: &str,
    customer_name: Option<String>,
    valid_hours: i64,
) -> Result<Account, Refusal> {
    if valid_hours < 1 {
        return Err(INVALID_REQUEST);
    }
    if valid_hours > MOST_VALID_HOURS {
        return Err(EXCEED_MAX_VALID_HOURS);
    }
    Ok(Account {
        number: keys::account_number(),
        bank: bank::code(bank).ok_or(INVALID_BANK)?.to_owned(),
        customer_name: customer_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "구매자".to_owned()),
        valid_hours,
        due_at: desk.now,
    })
}
