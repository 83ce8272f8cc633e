//! The one table from the PG's error codes to what they mean here.

use crate::payment::Reason;

/// What a refusal of the PG means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing is decided: the same request under the same key, later.
    Again,
    /// It was decided before: ask the PG what came of it.
    AskFirst,
    /// The buyer's authorisation is not one for this payment; another may be.
    WrongKey,
    /// The stored method is not there.
    NoMethod,
    /// The PG does not know the shop: our settings are wrong.
    NotUs,
    /// Final.
    Declined,
}

const TABLE: [(&str, Meaning); 24] = [
    ("PROVIDER_ERROR", Meaning::Again),
    ("FORBIDDEN_CONSECUTIVE_REQUEST", Meaning::Again),
    ("IDEMPOTENT_REQUEST_PROCESSING", Meaning::Again),
    ("TOO_MANY_REQUESTS", Meaning::Again),
    ("ALREADY_PROCESSED_PAYMENT", Meaning::AskFirst),
    ("ALREADY_COMPLETED_PAYMENT", Meaning::AskFirst),
    ("ALREADY_CANCELED_PAYMENT", Meaning::AskFirst),
    ("ALREADY_REFUND_PAYMENT", Meaning::AskFirst),
    (DUPLICATED_ORDER_ID, Meaning::AskFirst),
    ("NOT_FOUND_PAYMENT", Meaning::WrongKey),
    ("NOT_FOUND_PAYMENT_SESSION", Meaning::WrongKey),
    ("NOT_FOUND", Meaning::WrongKey),
    ("FORBIDDEN_REQUEST", Meaning::WrongKey),
    ("INVALID_REQUEST", Meaning::WrongKey),
    ("UNAPPROVED_ORDER_ID", Meaning::WrongKey),
    ("INVALID_BILL_KEY_REQUEST", Meaning::NoMethod),
    ("INVALID_BILLING_AUTH", Meaning::NoMethod),
    ("NOT_MATCHES_CUSTOMER_KEY", Meaning::NoMethod),
    ("UNAUTHORIZED_KEY", Meaning::NotUs),
    ("INVALID_API_KEY", Meaning::NotUs),
    ("INCORRECT_BASIC_AUTH_FORMAT", Meaning::NotUs),
    ("INVALID_UNREGISTERED_SUBMALL", Meaning::NotUs),
    ("NOT_REGISTERED_BUSINESS", Meaning::NotUs),
    ("NOT_FOUND_TERMINAL_ID", Meaning::NotUs),
];

/// The order was paid by another payment.
pub(crate) const DUPLICATED_ORDER_ID: &str = "DUPLICATED_ORDER_ID";

impl Meaning {
    /// What a status below 500 and its code mean. A code that is not in the
    /// table is final: it says what is wrong with the card or the account.
    pub(crate) fn of(status: u16, code: &str) -> Self {
        match status {
            409 | 429 => Self::Again,
            401 => Self::NotUs,
            _ => TABLE
                .iter()
                .find(|(known, _)| *known == code)
                .map_or(Self::Declined, |(_, meaning)| *meaning),
        }
    }

    /// Why a payment fails by it.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::NoMethod => Reason::MethodNotFound,
            _ => Reason::Declined,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_documentation_says() {
        for (status, code, meaning) in [
            (400, "PROVIDER_ERROR", Meaning::Again),
            (403, "FORBIDDEN_CONSECUTIVE_REQUEST", Meaning::Again),
            (409, "IDEMPOTENT_REQUEST_PROCESSING", Meaning::Again),
            (429, "", Meaning::Again),
            (400, "ALREADY_PROCESSED_PAYMENT", Meaning::AskFirst),
            (404, "NOT_FOUND_PAYMENT_SESSION", Meaning::WrongKey),
            (401, "UNAUTHORIZED_KEY", Meaning::NotUs),
            (403, "REJECT_CARD_PAYMENT", Meaning::Declined),
            (400, "A_CODE_OF_TOMORROW", Meaning::Declined),
        ] {
            assert_eq!(Meaning::of(status, code), meaning, "{code}");
        }
    }

    #[test]
    fn each_code_stands_once() {
        let codes: std::collections::HashSet<_> = TABLE.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), TABLE.len());
    }
}
