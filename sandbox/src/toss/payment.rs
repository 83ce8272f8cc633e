//! One payment and the states it may go through. Transitions consume the payment and return the next one; time and keys come
//! from outside.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::errors::{
    ALREADY_PROCESSED_PAYMENT, EXPIRED_PAYMENT, FORBIDDEN_REQUEST, INVALID_REQUEST,
    NOT_FOUND_PAYMENT_SESSION, Refusal,
};

/// The shop must confirm this long after the buyer's authentication.
const CONFIRM_WITHIN: Duration = Duration::minutes(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    InProgress,
    WaitingForDeposit,
    Done,
    Canceled,
    PartialCanceled,
    Aborted,
    Expired,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Method {
    #[default]
    Card,
    VirtualAccount,
    EasyPay,
}

impl Method {
    /// The name answers carry.
    pub(crate) fn korean(self) -> &'static str {
        match self {
            Method::Card => "카드",
            Method::VirtualAccount => "가상계좌",
            Method::EasyPay => "간편결제",
        }
    }
}

/// How the payment began: through the widget, or charged to a stored card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Kind {
    Normal,
    Billing,
}

/// Why an approval failed; stays readable on the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub code: String,
    pub message: String,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure {
            code: refusal.code.to_owned(),
            message: refusal.message.to_owned(),
        }
    }
}

/// One cancel, as it is listed in the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cancel {
    pub transaction_key: String,
    pub reason: String,
    pub amount: i64,
    pub tax_free: i64,
    pub refundable_after: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The account a buyer pays into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub number: String,
    pub bank: String,
    pub customer_name: String,
    pub valid_hours: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
}

/// One payment. `balance` and `tax_free` are what is left after cancels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub key: String,
    pub secret: String,
    pub kind: Kind,
    pub method: Method,
    pub status: Status,
    pub order_id: String,
    pub order_name: String,
    pub customer_key: Option<String>,
    pub total: i64,
    pub balance: i64,
    pub tax_free: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub approved_at: Option<OffsetDateTime>,
    pub last_transaction_key: Option<String>,
    pub account: Option<Account>,
    pub cancels: Vec<Cancel>,
    pub failure: Option<Failure>,
    /// The documented code the issuer will decline with, asked for when the session was made.
    pub declines_with: Option<String>,
}

/// Why a deposit cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DepositRefused {
    NotWaiting,
    OtherAmount,
    Late,
}

impl Payment {
    /// The last moment for a confirm.
    pub(crate) fn confirm_by(&self) -> OffsetDateTime {
        self.requested_at + CONFIRM_WITHIN
    }

    /// Whether the order id is used up: approved, waiting for money, or cancelled after that.
    pub(crate) fn uses_up_order(&self) -> bool {
        !matches!(
            self.status,
            Status::InProgress | Status::Aborted | Status::Expired
        )
    }

    /// Whether the shop may confirm with these values.
    pub(crate) fn check_confirm(&self, order_id: &str, amount: i64) -> Result<(), Refusal> {
        if order_id != self.order_id {
            return Err(FORBIDDEN_REQUEST);
        }
        match self.status {
            Status::InProgress if amount == self.total => Ok(()),
            Status::InProgress => Err(INVALID_REQUEST),
            Status::Expired => Err(NOT_FOUND_PAYMENT_SESSION),
            _ => Err(ALREADY_PROCESSED_PAYMENT),
        }
    }

    /// Approved: paid at once, or an account opened for the buyer to pay into.
    pub(crate) fn approved(self, transaction_key: String, now: OffsetDateTime) -> Payment {
        let last_transaction_key = Some(transaction_key);
        match self.account {
            Some(account) => {
                let due_at = now + Duration::hours(account.valid_hours);
                let account = Some(Account { due_at, ..account });
                Payment {
                    status: Status::WaitingForDeposit,
                    account,
                    last_transaction_key,
                    ..self
                }
            }
            None => Payment {
                status: Status::Done,
                approved_at: Some(now),
                last_transaction_key,
                ..self
            },
        }
    }

    pub(crate) fn aborted(self, failure: Failure) -> Payment {
        Payment {
            status: Status::Aborted,
            failure: Some(failure),
            ..self
        }
    }

    /// The time to confirm ran out.
    pub(crate) fn expired(self) -> Payment {
        Payment {
            status: Status::Expired,
            failure: Some(EXPIRED_PAYMENT.into()),
            ..self
        }
    }

    /// The buyer's money arrived in the account.
    pub(crate) fn deposited(
        self,
        amount: i64,
        transaction_key: String,
        now: OffsetDateTime,
    ) -> Result<Payment, DepositRefused> {
        match &self.account {
            Some(account) if self.status == Status::WaitingForDeposit => {
                if amount != self.total {
                    return Err(DepositRefused::OtherAmount);
                }
                if now > account.due_at {
                    return Err(DepositRefused::Late);
                }
                let last_transaction_key = Some(transaction_key);
                Ok(Payment {
                    status: Status::Done,
                    approved_at: Some(now),
                    last_transaction_key,
                    ..self
                })
            }
            _ => Err(DepositRefused::NotWaiting),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::toss) const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    pub(in crate::toss) fn payment(method: Method, total: i64, tax_free: i64) -> Payment {
        let account = (method == Method::VirtualAccount).then(|| Account {
            number: "X1".to_owned(),
            bank: "20".to_owned(),
            customer_name: "김구매".to_owned(),
            valid_hours: 24,
            due_at: START,
        });
        Payment {
            key: "key".to_owned(),
            secret: "ps_1".to_owned(),
            kind: Kind::Normal,
            method,
            status: Status::InProgress,
            order_id: "order-1".to_owned(),
            order_name: "감자".to_owned(),
            customer_key: None,
            total,
            balance: total,
            tax_free,
            requested_at: START,
            approved_at: None,
            last_transaction_key: None,
            account,
            cancels: Vec::new(),
            failure: None,
            declines_with: None,
        }
    }

    #[test]
    fn a_card_is_paid_at_once_and_an_account_waits_for_its_deposit() {
        assert_eq!(
            payment(Method::Card, 1_000, 0)
                .approved("t".to_owned(), START)
                .status,
            Status::Done
        );
        let waiting = payment(Method::VirtualAccount, 1_000, 0).approved("t".to_owned(), START);
        assert_eq!(
            (waiting.status, waiting.approved_at),
            (Status::WaitingForDeposit, None)
        );
        let paid = waiting
            .deposited(1_000, "t2".to_owned(), START + Duration::HOUR)
            .expect("deposit");
        assert_eq!(
            (paid.status, paid.approved_at),
            (Status::Done, Some(START + Duration::HOUR))
        );
    }

    #[test]
    fn a_deposit_must_be_exact_in_time_and_awaited() {
        let waiting = payment(Method::VirtualAccount, 1_000, 0).approved("t".to_owned(), START);
        let late = START + Duration::hours(25);
        let deposit = |payment: &Payment, amount, now| payment.clone().deposited(amount, "t".to_owned(), now);
        assert_eq!(deposit(&waiting, 999, START), Err(DepositRefused::OtherAmount));
        assert_eq!(deposit(&waiting, 1_000, late), Err(DepositRefused::Late));
        let paid = deposit(&waiting, 1_000, START).expect("deposit");
        assert_eq!(deposit(&paid, 1_000, START), Err(DepositRefused::NotWaiting));
        let card = payment(Method::Card, 1_000, 0);
        assert_eq!(deposit(&card, 1_000, START), Err(DepositRefused::NotWaiting));
    }

    #[test]
    fn a_confirm_must_name_the_same_order_and_amount_in_time() {
        let open = payment(Method::Card, 1_000, 0);
        assert_eq!(open.check_confirm("order-1", 1_000), Ok(()));
        assert_eq!(open.check_confirm("order-2", 1_000), Err(FORBIDDEN_REQUEST));
        assert_eq!(open.check_confirm("order-1", 1_001), Err(INVALID_REQUEST));
        assert_eq!(
            open.clone().expired().check_confirm("order-1", 1_000),
            Err(NOT_FOUND_PAYMENT_SESSION)
        );
        let paid = open.clone().approved("t".to_owned(), START);
        assert_eq!(
            paid.check_confirm("order-1", 1_000),
            Err(ALREADY_PROCESSED_PAYMENT)
        );
        let aborted = open.aborted(INVALID_REQUEST.into());
        assert_eq!(
            aborted.check_confirm("order-1", 1_000),
            Err(ALREADY_PROCESSED_PAYMENT)
        );
        assert!(paid.uses_up_order() && !aborted.uses_up_order());
    }
}
