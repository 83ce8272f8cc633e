//! Cancelling all or part of a payment.

use serde::Deserialize;
use time::OffsetDateTime;

use super::bank;
use super::errors::{
    ALREADY_CANCELED_PAYMENT, INVALID_BANK, INVALID_REFUND_ACCOUNT_INFO, INVALID_REFUND_ACCOUNT_NUMBER,
    INVALID_REQUEST, NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT, NOT_CANCELABLE_AMOUNT,
    NOT_CANCELABLE_PAYMENT, NOT_MATCHES_REFUNDABLE_AMOUNT, Refusal,
};
use super::payment::{Cancel, Payment, Status};

/// What the shop asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelRequest {
    pub cancel_reason: Option<String>,
    pub cancel_amount: Option<i64>,
    pub tax_free_amount: Option<i64>,
    pub refundable_amount: Option<i64>,
    pub refund_receive_account: Option<RefundAccount>,
}

/// Where the money of a paid virtual account goes back to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundAccount {
    pub bank: Option<String>,
    pub account_number: Option<String>,
    pub holder_name: Option<String>,
}

impl Payment {
    /// The payment after the cancel; its last entry in `cancels` is the new one.
    ///
    /// A cancel of everything at once ends in CANCELED. Cancels in parts end in PARTIAL_CANCELED, the last one included:
    /// the documented states know no way from there to CANCELED, so `balance` alone says whether anything is left.
    pub(crate) fn cancelled(
        self,
        request: &CancelRequest,
        transaction_key: String,
        now: OffsetDateTime,
    ) -> Result<Payment, Refusal> {
        let reason = request.cancel_reason.as_deref().unwrap_or_default();
        if reason.is_empty() || reason.chars().count() > 200 {
            return Err(INVALID_REQUEST);
        }
        match self.status {
            Status::Done | Status::PartialCanceled if self.balance > 0 => {}
            Status::WaitingForDeposit => {}
            Status::Canceled | Status::PartialCanceled => return Err(ALREADY_CANCELED_PAYMENT),
            _ => return Err(NOT_CANCELABLE_PAYMENT),
        }
        if request
            .refundable_amount
            .is_some_and(|expected| expected != self.balance)
        {
            return Err(NOT_MATCHES_REFUNDABLE_AMOUNT);
        }
        let amount = request.cancel_amount.unwrap_or(self.balance);
        let tax_free = self.tax_free_part(amount, request.tax_free_amount)?;
        if self.status == Status::WaitingForDeposit {
            if amount != self.balance {
                return Err(NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT);
            }
        } else if self.account.is_some() {
            check_refund_account(request.refund_receive_account.as_ref())?;
        }
        let at_once = amount == self.total;
        let balance = self.balance - amount;
        let mut cancels = self.cancels;
        cancels.push(Cancel {
            transaction_key: transaction_key.clone(),
            reason: reason.to_owned(),
            amount,
            tax_free,
            refundable_after: balance,
            at: now,
        });
        Ok(Payment {
            status: if at_once {
                Status::Canceled
            } else {
                Status::PartialCanceled
            },
            balance,
            tax_free: self.tax_free - tax_free,
            last_transaction_key: Some(transaction_key),
            cancels,
            ..self
        })
    }

    /// How much of `amount` is tax free. All that is left takes all that is tax free with it; a part must say how much,
    /// and neither side may be overdrawn.
    fn tax_free_part(&self, amount: i64, asked: Option<i64>) -> Result<i64, Refusal> {
        if amount <= 0 {
            return Err(INVALID_REQUEST);
        }
        if amount > self.balance {
            return Err(NOT_CANCELABLE_AMOUNT);
        }
        let rest = if amount == self.balance { self.tax_free } else { 0 };
        let tax_free = asked.unwrap_or(rest);
        let taxable = amount.checked_sub(tax_free).ok_or(INVALID_REQUEST)?;
        if tax_free < 0 || taxable < 0 {
            return Err(INVALID_REQUEST);
        }
        if tax_free > self.tax_free || taxable > self.balance - self.tax_free {
            return Err(NOT_CANCELABLE_AMOUNT);
        }
        Ok(tax_free)
    }
}

fn check_refund_account(account: Option<&RefundAccount>) -> Result<(), Refusal> {
    let account = account.ok_or(INVALID_REFUND_ACCOUNT_INFO)?;
    let holder = account.holder_name.as_deref().unwrap_or_default();
    if holder.is_empty() || holder.chars().count() > 60 {
        return Err(INVALID_REFUND_ACCOUNT_INFO);
    }
    let number = account.account_number.as_deref().unwrap_or_default();
    if number.is_empty() || number.len() > 20 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(INVALID_REFUND_ACCOUNT_NUMBER);
    }
    bank::code(account.bank.as_deref().unwrap_or_default())
        .map(|_| ())
        .ok_or(INVALID_BANK)
}

#[cfg(test)]
mod tests {
    use super::super::payment::Method;
    use super::super::payment::tests::{START, payment};
    use super::*;

    fn paid(total: i64, tax_free: i64) -> Payment {
        payment(Method::Card, total, tax_free).approved("t".to_owned(), START)
    }

    fn part(amount: i64) -> CancelRequest {
        CancelRequest {
            cancel_amount: Some(amount),
            ..all()
        }
    }

    fn all() -> CancelRequest {
        CancelRequest {
            cancel_reason: Some("변심".to_owned()),
            ..CancelRequest::default()
        }
    }

    fn cancel(payment: Payment, request: &CancelRequest) -> Result<Payment, Refusal> {
        payment.cancelled(request, "c".to_owned(), START)
    }

    #[test]
    fn everything_at_once_is_cancelled() {
        let after = cancel(paid(1_000, 400), &all()).expect("cancel");
        assert_eq!(
            (after.status, after.balance, after.tax_free),
            (Status::Canceled, 0, 0)
        );
        assert_eq!((after.cancels[0].amount, after.cancels[0].tax_free), (1_000, 400));
        assert_eq!(cancel(after, &all()), Err(ALREADY_CANCELED_PAYMENT));
    }

    #[test]
    fn parts_add_up_and_stay_partial() {
        let first = cancel(paid(1_000, 0), &part(300)).expect("first");
        assert_eq!((first.status, first.balance), (Status::PartialCanceled, 700));
        let last = cancel(first, &all()).expect("last");
        assert_eq!(
            (last.status, last.balance, last.cancels.len()),
            (Status::PartialCanceled, 0, 2)
        );
        assert_eq!(last.cancels[1].refundable_after, 0);
        assert_eq!(cancel(last, &part(1)), Err(ALREADY_CANCELED_PAYMENT));
    }

    #[test]
    fn amounts_are_bounded() {
        assert_eq!(cancel(paid(1_000, 0), &part(1_001)), Err(NOT_CANCELABLE_AMOUNT));
        assert_eq!(cancel(paid(1_000, 0), &part(0)), Err(INVALID_REQUEST));
        assert_eq!(cancel(paid(1_000, 0), &part(-5)), Err(INVALID_REQUEST));
        assert_eq!(cancel(paid(1_000, 0), &part(i64::MIN)), Err(INVALID_REQUEST));
        let extreme = CancelRequest {
            tax_free_amount: Some(i64::MIN),
            ..part(1)
        };
        assert_eq!(cancel(paid(1_000, 0), &extreme), Err(INVALID_REQUEST));
    }

    #[test]
    fn the_tax_free_part_may_not_be_overdrawn() {
        let mixed = || paid(1_000, 400);
        let split = |amount, tax_free| CancelRequest {
            tax_free_amount: Some(tax_free),
            ..part(amount)
        };
        let after = cancel(mixed(), &split(500, 400)).expect("cancel");
        assert_eq!((after.balance, after.tax_free), (500, 0));
        assert_eq!(cancel(mixed(), &split(500, 401)), Err(NOT_CANCELABLE_AMOUNT));
        assert_eq!(cancel(mixed(), &part(601)), Err(NOT_CANCELABLE_AMOUNT));
        assert_eq!(cancel(mixed(), &split(300, 301)), Err(INVALID_REQUEST));
    }

    #[test]
    fn a_stale_refundable_amount_is_refused() {
        let stale = CancelRequest {
            refundable_amount: Some(900),
            ..part(100)
        };
        assert_eq!(cancel(paid(1_000, 0), &stale), Err(NOT_MATCHES_REFUNDABLE_AMOUNT));
        let fresh = CancelRequest {
            refundable_amount: Some(1_000),
            ..part(100)
        };
        assert!(cancel(paid(1_000, 0), &fresh).is_ok());
    }

    #[test]
    fn only_an_approved_or_waiting_payment_can_be_cancelled() {
        assert_eq!(
            cancel(payment(Method::Card, 1_000, 0), &all()),
            Err(NOT_CANCELABLE_PAYMENT)
        );
        let expired = payment(Method::Card, 1_000, 0).expired();
        assert_eq!(cancel(expired, &all()), Err(NOT_CANCELABLE_PAYMENT));
        let nameless = CancelRequest {
            cancel_reason: None,
            ..all()
        };
        assert_eq!(cancel(paid(1_000, 0), &nameless), Err(INVALID_REQUEST));
    }

    #[test]
    fn an_account_is_cancelled_whole_before_and_to_an_account_after_the_deposit() {
        let waiting = payment(Method::VirtualAccount, 1_000, 0).approved("t".to_owned(), START);
        let partial = Err(NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT);
        assert_eq!(cancel(waiting.clone(), &part(100)), partial);
        assert_eq!(
            cancel(waiting.clone(), &all()).map(|p| p.status),
            Ok(Status::Canceled)
        );
        let paid = waiting.deposited(1_000, "t2".to_owned(), START).expect("deposit");
        let to = |bank: &str, number: &str, holder: &str| CancelRequest {
            refund_receive_account: Some(RefundAccount {
                bank: Some(bank.to_owned()),
                account_number: Some(number.to_owned()),
                holder_name: Some(holder.to_owned()),
            }),
            ..part(400)
        };
        assert_eq!(cancel(paid.clone(), &all()), Err(INVALID_REFUND_ACCOUNT_INFO));
        assert_eq!(cancel(paid.clone(), &to("99", "123", "김")), Err(INVALID_BANK));
        assert_eq!(
            cancel(paid.clone(), &to("20", "12-3", "김")),
            Err(INVALID_REFUND_ACCOUNT_NUMBER)
        );
        assert_eq!(
            cancel(paid.clone(), &to("20", "123", "")),
            Err(INVALID_REFUND_ACCOUNT_INFO)
        );
        assert_eq!(cancel(paid, &to("20", "123", "김")).map(|p| p.balance), Ok(600));
    }
}
