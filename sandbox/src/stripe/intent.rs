//! A PaymentIntent and the states it may go through. Transitions consume the intent and return the next one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::errors::Refusal;
use super::params::Metadata;

/// An authorization not captured by then is given up.
const AUTHORIZED_FOR: Duration = Duration::days(7);
/// How long a bank takes.
pub(super) const PROCESSED_AFTER: Duration = Duration::minutes(10);

const UNEXPECTED_STATE: &str = "payment_intent_unexpected_state";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Succeeded,
    Canceled,
}

impl Status {
    /// As Stripe names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::RequiresPaymentMethod => "requires_payment_method",
            Status::RequiresConfirmation => "requires_confirmation",
            Status::RequiresAction => "requires_action",
            Status::Processing => "processing",
            Status::RequiresCapture => "requires_capture",
            Status::Succeeded => "succeeded",
            Status::Canceled => "canceled",
        }
    }
}

/// A PaymentIntent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub id: String,
    pub client_secret: String,
    pub status: Status,
    /// In minor units of the currency, as every amount here.
    pub amount: i64,
    pub amount_received: i64,
    pub currency: String,
    pub manual_capture: bool,
    pub customer: Option<String>,
    pub payment_method: Option<String>,
    pub payment_method_types: Vec<String>,
    /// Whether the buyer may be sent to another page, so that a confirm needs a `return_url`.
    pub may_redirect: bool,
    pub return_url: Option<String>,
    pub off_session: bool,
    pub setup_future_usage: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub latest_charge: Option<String>,
    pub last_payment_error: Option<Value>,
    pub cancellation_reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub canceled_at: Option<OffsetDateTime>,
    /// When time does something to it: the bank answers, or the authorization ends.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_at: Option<OffsetDateTime>,
}

impl Intent {
    /// What the ledger calls the order.
    pub(crate) fn order_id(&self) -> &str {
        self.metadata.get("order_id").unwrap_or(&self.id)
    }

    pub(crate) fn amount_capturable(&self) -> i64 {
        if self.status == Status::RequiresCapture {
            self.amount
        } else {
            0
        }
    }

    pub(super) fn check_confirm(&self) -> Result<(), Refusal> {
        match self.status {
            Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => Ok(()),
            _ => Err(self.unexpected("confirm")),
        }
    }

    pub(super) fn check_cancel(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Succeeded | Status::Canceled | Status::Processing => Err(self.unexpected("cancel")),
            _ => Ok(()),
        }
    }

    /// How much a capture takes.
    pub(super) fn check_capture(&self, asked: Option<i64>) -> Result<i64, Refusal> {
        if self.status != Status::RequiresCapture {
            return Err(self.unexpected("capture"));
        }
        match asked.unwrap_or(self.amount) {
            amount if amount > self.amount => Err(Refusal::coded(
                "amount_too_large",
                "amount_to_capture",
                format!("amount_to_capture is more than the {} authorized.", self.amount),
            )),
            amount if amount < 1 => Err(Refusal::coded(
                "parameter_invalid_integer",
                "amount_to_capture",
                "amount_to_capture must be at least 1.",
            )),
            amount => Ok(amount),
        }
    }

    pub(super) fn unexpected(&self, verb: &str) -> Refusal {
        Refusal::state(
            UNEXPECTED_STATE,
            format!(
                "You cannot {verb} this PaymentIntent: its status is {}.",
                self.status.name()
            ),
        )
    }

    /// Waits for the buyer to authenticate with the issuer.
    pub(super) fn awaiting_buyer(self) -> Intent {
        Intent {
            status: Status::RequiresAction,
            last_payment_error: None,
            ..self
        }
    }

    /// The bank was asked and answers later.
    pub(super) fn processing(self, charge: String, now: OffsetDateTime) -> Intent {
        Intent {
            status: Status::Processing,
            latest_charge: Some(charge),
            last_payment_error: None,
            due_at: Some(now + PROCESSED_AFTER),
            ..self
        }
    }

    /// The money is held for a capture.
    pub(super) fn authorized(self, charge: String, now: OffsetDateTime) -> Intent {
        Intent {
            status: Status::RequiresCapture,
            latest_charge: Some(charge),
            last_payment_error: None,
            due_at: Some(now + AUTHORIZED_FOR),
            ..self
        }
    }

    /// Paid.
    pub(super) fn succeeded(self, charge: String, amount: i64) -> Intent {
        Intent {
            status: Status::Succeeded,
            amount_received: amount,
            latest_charge: Some(charge),
            last_payment_error: None,
            due_at: None,
            ..self
        }
    }

    /// Refused by the issuer or the buyer's failure to authenticate; another method may be tried.
    pub(super) fn failed(self, error: Value, charge: Option<String>) -> Intent {
        Intent {
            status: Status::RequiresPaymentMethod,
            payment_method: None,
            latest_charge: charge.or(self.latest_charge),
            last_payment_error: Some(error),
            due_at: None,
            ..self
        }
    }

    pub(super) fn canceled(self, reason: Option<String>, now: OffsetDateTime) -> Intent {
        Intent {
            status: Status::Canceled,
            cancellation_reason: reason,
            canceled_at: Some(now),
            due_at: None,
            ..self
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::stripe) const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    pub(in crate::stripe) fn intent(id: &str) -> Intent {
        Intent {
            id: id.to_owned(),
            client_secret: format!("{id}_secret_x"),
            status: Status::RequiresConfirmation,
            amount: 1_000,
            amount_received: 0,
            currency: "krw".to_owned(),
            manual_capture: false,
            customer: None,
            payment_method: Some("pm_1".to_owned()),
            payment_method_types: vec!["card".to_owned()],
            may_redirect: false,
            return_url: None,
            off_session: false,
            setup_future_usage: None,
            description: None,
            metadata: Metadata::new(),
            latest_charge: None,
            last_payment_error: None,
            cancellation_reason: None,
            created: START,
            canceled_at: None,
            due_at: None,
        }
    }

    #[test]
    fn an_authorization_is_captured_up_to_its_amount() {
        let held = intent("pi_1").authorized("ch_1".to_owned(), START);
        assert_eq!(held.amount_capturable(), 1_000);
        assert_eq!(held.check_capture(None), Ok(1_000));
        assert_eq!(held.check_capture(Some(400)), Ok(400));
        assert!(held.check_capture(Some(1_001)).is_err());
        assert!(held.check_capture(Some(0)).is_err());
        assert!(held.check_confirm().is_err() && held.check_cancel().is_ok());
        let paid = held.succeeded("ch_1".to_owned(), 400);
        assert_eq!(
            (paid.amount_received, paid.amount_capturable(), paid.due_at),
            (400, 0, None)
        );
        assert!(paid.check_capture(None).is_err() && paid.check_cancel().is_err());
    }

    #[test]
    fn a_failed_intent_may_be_tried_with_another_method() {
        let failed = intent("pi_1").failed(Value::Null, Some("ch_1".to_owned()));
        assert_eq!(failed.status, Status::RequiresPaymentMethod);
        assert_eq!((&failed.payment_method, failed.check_confirm()), (&None, Ok(())));
        let gone = failed.canceled(None, START);
        assert!(gone.check_confirm().is_err() && gone.check_cancel().is_err());
    }

    #[test]
    fn the_order_is_named_by_metadata_or_else_by_the_intent() {
        let mut named = intent("pi_1");
        assert_eq!(named.order_id(), "pi_1");
        named.metadata.insert("order_id".to_owned(), "order-1".to_owned());
        assert_eq!(named.order_id(), "order-1");
    }
}
