//! The events a payment causes. They carry no signature: the shop compares `secret` or asks for the payment.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::payment::{Kind, Payment, Status};
use super::view;
use crate::clock::{kst, kst_without_zone};
use crate::webhooks::queue::Delivery;

/// Name and body of each event the payment's present state causes.
pub(super) fn events(payment: &Payment, base_url: &str, now: OffsetDateTime) -> Vec<(&'static str, Value)> {
    // A stored card is charged and answered in one call; the service reports only what happens to it afterwards.
    if payment.kind == Kind::Billing && matches!(payment.status, Status::Done | Status::Aborted) {
        return Vec::new();
    }
    let created_at = kst_without_zone(now);
    let changed = json!({
        "eventType": "PAYMENT_STATUS_CHANGED",
        "createdAt": created_at,
        "data": view::payment(payment, base_url, now),
    });
    let mut events = vec![("PAYMENT_STATUS_CHANGED", changed)];
    if payment.account.is_some() && payment.uses_up_order() {
        let callback = json!({
            "createdAt": created_at,
            "secret": payment.secret,
            "status": payment.status,
            "transactionKey": payment.last_transaction_key,
            "orderId": payment.order_id,
        });
        events.push(("DEPOSIT_CALLBACK", callback));
    }
    events
}

/// The headers of one attempt.
pub(crate) fn headers(delivery: &Delivery, now: OffsetDateTime) -> Vec<(&'static str, String)> {
    vec![
        ("tosspayments-webhook-transmission-time", kst(now)),
        (
            "tosspayments-webhook-transmission-retried-count",
            delivery.retried_count.to_string(),
        ),
        (
            "tosspayments-webhook-transmission-id",
            delivery.transmission_id.clone(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::payment::Method;
    use super::super::payment::tests::{START, payment};
    use super::*;

    fn names(payment: &Payment) -> Vec<&'static str> {
        events(payment, "", START)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn a_card_causes_one_event_and_an_account_two() {
        let paid = |method| payment(method, 1_000, 0).approved("t".to_owned(), START);
        assert_eq!(names(&paid(Method::Card)), ["PAYMENT_STATUS_CHANGED"]);
        assert_eq!(
            names(&paid(Method::VirtualAccount)),
            ["PAYMENT_STATUS_CHANGED", "DEPOSIT_CALLBACK"]
        );
        assert_eq!(
            names(&payment(Method::VirtualAccount, 1_000, 0).expired()),
            ["PAYMENT_STATUS_CHANGED"]
        );
    }

    #[test]
    fn the_deposit_callback_is_flat_and_without_zone() {
        let waiting = payment(Method::VirtualAccount, 1_000, 0).approved("t".to_owned(), START);
        let expected = json!({
            "createdAt": "1970-01-01T09:00:00.000000",
            "secret": "ps_1",
            "status": "WAITING_FOR_DEPOSIT",
            "transactionKey": "t",
            "orderId": "order-1",
        });
        assert_eq!(events(&waiting, "", START)[1].1, expected);
    }

    #[test]
    fn a_charge_to_a_stored_card_is_silent_and_its_cancel_is_not() {
        let charged = Payment {
            kind: Kind::Billing,
            ..payment(Method::Card, 1_000, 0)
        }
        .approved("t".to_owned(), START);
        assert!(names(&charged).is_empty());
        let cancelled = Payment {
            status: Status::Canceled,
            ..charged
        };
        assert_eq!(names(&cancelled), ["PAYMENT_STATUS_CHANGED"]);
    }
}
