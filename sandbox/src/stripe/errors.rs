//! Errors in Stripe's shape. The messages are the sandbox's own words: clients decide by type and codes.

use serde_json::{Map, Value, json};

use super::declines::{DECLINES, Decline};
use crate::gate::Given;

const INVALID_REQUEST: &str = "invalid_request_error";
const API_ERROR: &str = "api_error";
const IDEMPOTENCY: &str = "idempotency_error";

/// An error answer: `{"error": {type, code, decline_code, param, message, ...}}` with a status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    pub message: String,
    /// The objects it is about, by name.
    about: Box<Map<String, Value>>,
    /// Whether it stays under the idempotency key: once the work began it does.
    kept: bool,
}

/// Errors a fault can ask for by name: name, status, type, message. Those of 5xx have no code at Stripe; the name is ours.
static NAMED: [(&str, u16, &str, &str); 18] = [
    ("api_error", 500, API_ERROR, "Something went wrong on this side."),
    ("bad_gateway", 502, API_ERROR, "Something went wrong on the way."),
    (
        "service_unavailable",
        503,
        API_ERROR,
        "Nobody is there at the moment.",
    ),
    ("gateway_timeout", 504, API_ERROR, "Something took too long."),
    (
        "account_invalid",
        403,
        INVALID_REQUEST,
        "The account cannot be used with this key.",
    ),
    (
        "amount_too_large",
        400,
        INVALID_REQUEST,
        "The amount is larger than allowed.",
    ),
    (
        "amount_too_small",
        400,
        INVALID_REQUEST,
        "The amount is smaller than allowed.",
    ),
    (
        "api_key_expired",
        401,
        INVALID_REQUEST,
        "The API key has expired.",
    ),
    (
        "balance_insufficient",
        400,
        INVALID_REQUEST,
        "The balance does not suffice.",
    ),
    (
        "charge_already_refunded",
        400,
        INVALID_REQUEST,
        "The charge has been refunded.",
    ),
    (
        "charge_expired_for_capture",
        400,
        INVALID_REQUEST,
        "The authorization has expired.",
    ),
    (
        "idempotency_key_in_use",
        409,
        IDEMPOTENCY,
        "A request with this idempotency key is under way.",
    ),
    (
        "lock_timeout",
        429,
        INVALID_REQUEST,
        "Another request is working on the object.",
    ),
    (
        "parameter_invalid_integer",
        400,
        INVALID_REQUEST,
        "Not an integer.",
    ),
    (
        "parameter_missing",
        400,
        INVALID_REQUEST,
        "A parameter is missing.",
    ),
    (
        "payment_intent_unexpected_state",
        400,
        INVALID_REQUEST,
        "The PaymentIntent's state does not allow it.",
    ),
    ("rate_limit", 429, INVALID_REQUEST, "Too many requests."),
    (
        "resource_missing",
        404,
        INVALID_REQUEST,
        "There is no such object.",
    ),
];

/// Every name and code a fault can ask for, with its status.
pub(crate) fn codes() -> Map<String, Value> {
    let named = NAMED.iter().map(|(name, status, ..)| (*name, *status));
    let declines = DECLINES.iter().map(|row| (row.decline_code, 402));
    named
        .chain(declines)
        .map(|(code, status)| (code.to_owned(), json!(status)))
        .collect()
}

/// Whether a fault can ask for it.
pub(crate) fn documents(code: &str) -> bool {
    NAMED.iter().any(|(name, ..)| *name == code) || Decline::of(code).is_some()
}

impl Refusal {
    fn new(
        status: u16,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Refusal {
        Refusal {
            status,
            kind,
            code,
            decline_code: None,
            param: None,
            message: message.into(),
            about: Box::default(),
            kept: status == 402 || status >= 500,
        }
    }

    /// The error a fault asks for; without a name, or with one of another provider, the usual 500.
    pub(super) fn named(name: Option<&str>) -> Refusal {
        let row = NAMED.iter().find(|(known, ..)| Some(*known) == name);
        if let Some((code, status, kind, message)) = row {
            let code = (*status < 500).then_some(*code);
            return Refusal {
                kept: ![401, 403, 409, 429].contains(status),
                ..Refusal::new(*status, kind, code, *message)
            };
        }
        match name.and_then(Decline::of) {
            Some(decline) => Refusal::declined(decline),
            None => Refusal::named(Some("api_error")),
        }
    }

    /// The issuer declined.
    pub(super) fn declined(decline: Decline) -> Refusal {
        Refusal {
            decline_code: Some(decline.decline_code),
            ..Refusal::new(402, "card_error", Some(decline.code), decline.message)
        }
    }

    /// A parameter that makes no sense.
    pub(super) fn invalid(param: &str, message: impl Into<String>) -> Refusal {
        Refusal::new(400, INVALID_REQUEST, None, message).at(param)
    }

    pub(super) fn coded(code: &'static str, param: &str, message: impl Into<String>) -> Refusal {
        Refusal::new(400, INVALID_REQUEST, Some(code), message).at(param)
    }

    /// A request that cannot be read at all.
    pub(super) fn unreadable(message: &str) -> Refusal {
        Refusal::new(400, INVALID_REQUEST, None, message)
    }

    pub(super) fn unauthorized(message: &str) -> Refusal {
        Refusal::new(401, INVALID_REQUEST, None, message)
    }

    pub(super) fn no_such_path(method: &str, path: &str) -> Refusal {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Refusal::new(404, INVALID_REQUEST, None, message)
    }

    /// No such object. `param` names where the id stood.
    pub(super) fn missing(what: &str, id: &str, param: &str) -> Refusal {
        let message = format!("No such {what}: '{id}'");
        Refusal::new(404, INVALID_REQUEST, Some("resource_missing"), message).at(param)
    }

    /// The object's state forbids it.
    pub(super) fn state(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            kept: true,
            ..Refusal::new(400, INVALID_REQUEST, Some(code), message)
        }
    }

    pub(super) fn key_in_use() -> Refusal {
        Refusal::named(Some("idempotency_key_in_use"))
    }

    pub(super) fn key_of_another_request() -> Refusal {
        let message = "The idempotency key was first used with other parameters.";
        Refusal::new(400, IDEMPOTENCY, None, message)
    }

    fn at(self, param: &str) -> Refusal {
        Refusal {
            param: Some(param.to_owned()),
            ..self
        }
    }

    /// With an object it is about.
    pub(super) fn about(mut self, name: &str, object: Value) -> Refusal {
        self.about.insert(name.to_owned(), object);
        self
    }

    /// What stands under `error`, and in an intent's `last_payment_error`.
    pub(super) fn show(&self) -> Value {
        let mut shown = self.about.as_ref().clone();
        shown.insert("type".to_owned(), json!(self.kind));
        shown.insert("message".to_owned(), json!(self.message));
        let optional = [
            ("code", self.code),
            ("decline_code", self.decline_code),
            ("param", self.param.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                shown.insert(name.to_owned(), json!(value));
            }
        }
        Value::Object(shown)
    }

    pub(super) fn given(&self) -> Given {
        let code = self.decline_code.or(self.code).unwrap_or(self.kind);
        Given {
            code: Some(code.to_owned()),
            kept: self.kept,
            ..Given::new(self.status, json!({ "error": self.show() }).to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_finds_its_error_by_name() {
        let shown = |name| {
            let refusal = Refusal::named(Some(name));
            (refusal.status, refusal.code, refusal.kept)
        };
        assert_eq!(shown("service_unavailable"), (503, None, true));
        assert_eq!(shown("rate_limit"), (429, Some("rate_limit"), false));
        assert_eq!(shown("lost_card"), (402, Some("card_declined"), true));
        assert_eq!(shown("REJECT_CARD_PAYMENT"), (500, None, true));
        assert_eq!(codes().len(), NAMED.len() + DECLINES.len());
    }

    #[test]
    fn only_what_is_known_is_shown() {
        let shown = Refusal::missing("customer", "cus_1", "customer").show();
        let expected = json!({
            "type": "invalid_request_error", "code": "resource_missing", "message": "No such customer: 'cus_1'",
            "param": "customer",
        });
        assert_eq!(shown, expected);
    }
}
