//! Stored cards: registered by the buyer, charged by the shop.

use serde_json::{Value, json};

use super::book::{BillingAuth, BillingKey, Entry};
use super::desk::Desk;
use super::errors::{
    INVALID_BILL_KEY_REQUEST, INVALID_BILLING_AUTH, NOT_MATCHES_CUSTOMER_KEY, REJECT_CARD_COMPANY,
};
use super::flows::{Answer, approve, new_payment};
use super::payment::{Kind, Method, Payment};
use super::requests::{
    BillingSessionRequest, ChargeRequest, IssueRequest, check_customer_key, check_order, declines_with,
};
use super::{keys, view};

/// The buyer registered a card in the widget.
pub(super) fn open_session(desk: &mut Desk<'_>, request: BillingSessionRequest) -> Answer {
    check_customer_key(&request.customer_key)?;
    let auth = BillingAuth {
        auth_key: keys::auth_key(),
        customer_key: request.customer_key,
        declines_with: declines_with(request.behavior.as_deref())?,
        used: false,
    };
    let answer = json!({ "authKey": auth.auth_key, "customerKey": auth.customer_key });
    desk.put(Entry::BillingAuth(auth));
    Ok(answer)
}

/// The shop turns the one-time key into a stored card.
pub(super) fn issue_key(desk: &mut Desk<'_>, request: IssueRequest) -> Answer {
    let auth = desk.book().billing_auth(&request.auth_key).cloned();
    let auth = auth.filter(|auth| !auth.used).ok_or(INVALID_BILLING_AUTH)?;
    if auth.customer_key != request.customer_key {
        return Err(NOT_MATCHES_CUSTOMER_KEY);
    }
    if let Some(refusal) = desk.decline(None, REJECT_CARD_COMPANY) {
        return Err(refusal);
    }
    let key = BillingKey {
        key: keys::billing_key(),
        customer_key: request.customer_key,
        declines_with: auth.declines_with.clone(),
        deleted: false,
    };
    let answer = view::billing(&key, desk.now);
    desk.put(Entry::BillingAuth(BillingAuth { used: true, ..auth }));
    desk.put(Entry::BillingKey(key));
    Ok(answer)
}

/// The shop charges a stored card at once.
pub(super) fn charge(desk: &mut Desk<'_>, billing_key: &str, request: ChargeRequest) -> Answer {
    let card = desk
        .book()
        .billing_key(billing_key)
        .cloned()
        .ok_or(INVALID_BILL_KEY_REQUEST)?;
    if card.customer_key != request.customer_key {
        return Err(NOT_MATCHES_CUSTOMER_KEY);
    }
    let ChargeRequest {
        amount,
        tax_free_amount,
        ..
    } = request;
    check_order(
        &request.order_id,
        &request.order_name,
        amount,
        tax_free_amount,
        Method::Card,
    )?;
    let payment = Payment {
        kind: Kind::Billing,
        customer_key: Some(card.customer_key),
        declines_with: card.declines_with,
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

pub(super) fn delete_key(desk: &mut Desk<'_>, billing_key: &str) -> Answer {
    let key = desk
        .book()
        .billing_key(billing_key)
        .cloned()
        .ok_or(INVALID_BILL_KEY_REQUEST)?;
    desk.put(Entry::BillingKey(BillingKey { deleted: true, ..key }));
    Ok(Value::Null)
}
