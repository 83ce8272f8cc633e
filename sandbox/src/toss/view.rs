//! Answers as the documentation shapes them.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::book::BillingKey;
use super::payment::{Account, Cancel, Kind, Method, Payment, Status};
use super::tax;
use crate::clock::kst;

pub(super) const MERCHANT: &str = "sandbox";
const VERSION: &str = "2022-11-16";
/// A bank has paid the buyer back by then.
const REFUNDED_AFTER: Duration = Duration::days(2);

/// The Payment object.
pub(crate) fn payment(payment: &Payment, base_url: &str, now: OffsetDateTime) -> Value {
    let tax = tax::split(payment.balance, payment.tax_free);
    let approved = payment.uses_up_order();
    let key = &payment.key;
    json!({
        "mId": MERCHANT,
        "version": VERSION,
        "lastTransactionKey": payment.last_transaction_key,
        "paymentKey": key,
        "orderId": payment.order_id,
        "orderName": payment.order_name,
        "taxExemptionAmount": 0,
        "status": payment.status,
        "requestedAt": kst(payment.requested_at),
        "approvedAt": payment.approved_at.map(kst),
        "useEscrow": false,
        "cultureExpense": false,
        "card": (approved && payment.method == Method::Card).then(|| card(payment)),
        "virtualAccount": approved.then(|| payment.account.as_ref().map(|a| virtual_account(payment, a, now))).flatten(),
        "transfer": null,
        "mobilePhone": null,
        "giftCertificate": null,
        "cashReceipt": null,
        "cashReceipts": null,
        "discount": null,
        "cancels": cancels(payment),
        "secret": approved.then_some(&payment.secret),
        "type": payment.kind,
        "easyPay": (approved && payment.method == Method::EasyPay).then(|| easy_pay(payment)),
        "country": "KR",
        "failure": payment.failure,
        "isPartialCancelable": true,
        "receipt": approved.then(|| json!({ "url": format!("{base_url}/sandbox/receipts/{key}") })),
        "checkout": { "url": format!("{base_url}/v1/payments/{key}/checkout") },
        "currency": "KRW",
        "totalAmount": payment.total,
        "balanceAmount": payment.balance,
        "suppliedAmount": tax.supplied,
        "vat": tax.vat,
        "taxFreeAmount": tax.tax_free,
        "metadata": null,
        "method": (payment.status != Status::Expired).then(|| payment.method.korean()),
    })
}

fn cancels(payment: &Payment) -> Value {
    if payment.cancels.is_empty() {
        Value::Null
    } else {
        payment.cancels.iter().map(cancel).collect()
    }
}

pub(super) fn cancel(cancel: &Cancel) -> Value {
    json!({
        "cancelAmount": cancel.amount,
        "cancelReason": cancel.reason,
        "taxFreeAmount": cancel.tax_free,
        "taxExemptionAmount": 0,
        "refundableAmount": cancel.refundable_after,
        "cardDiscountAmount": 0,
        "transferDiscountAmount": 0,
        "easyPayDiscountAmount": 0,
        "canceledAt": kst(cancel.at),
        "transactionKey": cancel.transaction_key,
        "receiptKey": null,
        "cancelStatus": "DONE",
        "cancelRequestId": null,
    })
}

pub(super) fn card(payment: &Payment) -> Value {
    let cancelled = payment.status == Status::Canceled;
    json!({
        "amount": payment.total,
        "issuerCode": "61",
        "acquirerCode": "31",
        "number": "43301234****123*",
        "installmentPlanMonths": 0,
        "approveNo": approve_number(&payment.key),
        "useCardPoint": false,
        "cardType": "신용",
        "ownerType": "개인",
        "acquireStatus": if cancelled { "CANCELED" } else { "READY" },
        "isInterestFree": false,
        "interestPayer": null,
    })
}

fn approve_number(key: &str) -> String {
    let sum = key
        .bytes()
        .fold(7_u64, |sum, byte| (sum * 131 + u64::from(byte)) % 100_000_000);
    format!("{sum:08}")
}

pub(super) fn easy_pay(payment: &Payment) -> Value {
    json!({ "provider": "토스페이", "amount": payment.total, "discountAmount": 0 })
}

pub(super) fn virtual_account(payment: &Payment, account: &Account, now: OffsetDateTime) -> Value {
    let refund_status = match payment.cancels.last() {
        Some(last) if payment.approved_at.is_some() => {
            if now >= last.at + REFUNDED_AFTER {
                "COMPLETED"
            } else {
                "PENDING"
            }
        }
        _ => "NONE",
    };
    json!({
        "accountType": "일반",
        "accountNumber": account.number,
        "bankCode": account.bank,
        "customerName": account.customer_name,
        "dueDate": kst(account.due_at),
        "refundStatus": refund_status,
        "expired": now > account.due_at && payment.approved_at.is_none(),
        "settlementStatus": "INCOMPLETED",
        "depositorName": payment.approved_at.map(|_| &account.customer_name),
        "refundReceiveAccount": null,
    })
}

/// The Billing object.
pub(super) fn billing(key: &BillingKey, now: OffsetDateTime) -> Value {
    json!({
        "mId": MERCHANT,
        "customerKey": key.customer_key,
        "authenticatedAt": kst(now),
        "method": Method::Card.korean(),
        "billingKey": key.key,
        "card": {
            "issuerCode": "61",
            "acquirerCode": "31",
            "number": "43301234****123*",
            "cardType": "신용",
            "ownerType": "개인",
        },
        "transfers": null,
        "easyPay": null,
    })
}

/// What the widget would hand to the shop's success page.
pub(super) fn session(payment: &Payment) -> Value {
    json!({
        "paymentKey": payment.key,
        "orderId": payment.order_id,
        "amount": payment.total,
        "paymentType": Kind::Normal,
        "status": payment.status,
        "expiresAt": kst(payment.confirm_by()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::payment::tests::{START, payment as open};
    use super::*;

    #[test]
    fn every_method_fills_its_own_part() {
        for (method, field) in [
            (Method::Card, "card"),
            (Method::EasyPay, "easyPay"),
            (Method::VirtualAccount, "virtualAccount"),
        ] {
            let shown = payment(
                &open(method, 15_000, 0).approved("t".to_owned(), START),
                "http://x",
                START,
            );
            for other in ["card", "easyPay", "virtualAccount"] {
                assert_eq!(shown[other].is_object(), other == field, "{method:?} {other}");
            }
            assert_eq!(shown["method"], method.korean());
            assert_eq!(
                (&shown["suppliedAmount"], &shown["vat"]),
                (&json!(13_636), &json!(1_364))
            );
            assert_eq!(shown["requestedAt"], "1970-01-01T09:00:00+09:00");
        }
    }

    #[test]
    fn an_unapproved_payment_shows_no_secret_and_no_receipt() {
        let shown = payment(&open(Method::Card, 1_000, 0).expired(), "http://x", START);
        assert_eq!(shown["failure"]["code"], "EXPIRED_PAYMENT");
        for field in [
            "secret",
            "receipt",
            "card",
            "approvedAt",
            "lastTransactionKey",
            "method",
        ] {
            assert_eq!(shown[field], Value::Null, "{field}");
        }
    }

    #[test]
    fn a_refund_to_an_account_takes_two_days() {
        let paid = open(Method::VirtualAccount, 1_000, 0)
            .approved("t".to_owned(), START)
            .deposited(1_000, "t2".to_owned(), START)
            .expect("deposit");
        let cancel = Cancel {
            transaction_key: "c".to_owned(),
            reason: "r".to_owned(),
            amount: 1_000,
            tax_free: 0,
            refundable_after: 0,
            at: START,
        };
        let refunded = Payment {
            cancels: vec![cancel],
            ..paid
        };
        let status = |now| payment(&refunded, "", now)["virtualAccount"]["refundStatus"].clone();
        assert_eq!(status(START + Duration::DAY), "PENDING");
        assert_eq!(status(START + REFUNDED_AFTER), "COMPLETED");
    }
}
