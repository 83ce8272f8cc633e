//! The one table from the PGs' error codes to what they mean here.

use super::Provider::{self, Stripe, Toss};
use crate::decline::Decline;

/// What a refusal of a PG means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing is decided: the same request under the same key, soon.
    Again,
    /// It was decided before: ask the PG what came of it.
    AskFirst,
    /// Another payment paid the order: ask the PG for that one.
    PaidOtherwise,
    /// The buyer's authorisation is not one for this payment; another may be.
    WrongKey,
    /// The PG does not know the shop: our settings are wrong.
    NotUs,
    /// Final: the buyer's card or account.
    Declined(Decline),
}

use Decline::{
    AuthenticationNeeded, CardBlocked, CardExpired, InsufficientFunds, IssuerAway, LimitExceeded, MethodGone,
    NotSupported, Refused, WrongDetails,
};
use Meaning::{Again, AskFirst, Declined, NotUs, PaidOtherwise, WrongKey};

/// A code that is not here is final: it says what is wrong with the card or the account.
const TABLE: &[(Provider, &str, Meaning)] = &[
    (Toss, "PROVIDER_ERROR", Again),
    (Toss, "CARD_PROCESSING_ERROR", Again),
    (Toss, "FORBIDDEN_CONSECUTIVE_REQUEST", Again),
    (Toss, "IDEMPOTENT_REQUEST_PROCESSING", Again),
    (Toss, "TOO_MANY_REQUESTS", Again),
    (Toss, "ALREADY_PROCESSED_PAYMENT", AskFirst),
    (Toss, "ALREADY_COMPLETED_PAYMENT", AskFirst),
    (Toss, "ALREADY_CANCELED_PAYMENT", AskFirst),
    (Toss, "ALREADY_REFUND_PAYMENT", AskFirst),
    (Toss, "NOT_MATCHES_REFUNDABLE_AMOUNT", AskFirst),
    (Toss, "DUPLICATED_ORDER_ID", PaidOtherwise),
    (Toss, "NOT_FOUND_PAYMENT", WrongKey),
    (Toss, "NOT_FOUND_PAYMENT_SESSION", WrongKey),
    (Toss, "NOT_FOUND", WrongKey),
    (Toss, "FORBIDDEN_REQUEST", WrongKey),
    (Toss, "INVALID_REQUEST", WrongKey),
    (Toss, "UNAPPROVED_ORDER_ID", WrongKey),
    (Toss, "UNAUTHORIZED_KEY", NotUs),
    (Toss, "INVALID_API_KEY", NotUs),
    (Toss, "INCORRECT_BASIC_AUTH_FORMAT", NotUs),
    (Toss, "INVALID_UNREGISTERED_SUBMALL", NotUs),
    (Toss, "NOT_REGISTERED_BUSINESS", NotUs),
    (Toss, "NOT_FOUND_TERMINAL_ID", NotUs),
    (Toss, "INVALID_BILL_KEY_REQUEST", Declined(MethodGone)),
    (Toss, "INVALID_BILLING_AUTH", Declined(MethodGone)),
    (Toss, "NOT_MATCHES_CUSTOMER_KEY", Declined(MethodGone)),
    (Toss, "INVALID_ACCOUNT_INFO_RE_REGISTER", Declined(MethodGone)),
    // Toss says the same of a limit and of a balance.
    (Toss, "REJECT_CARD_PAYMENT", Declined(LimitExceeded)),
    (Toss, "REJECT_ACCOUNT_PAYMENT", Declined(InsufficientFunds)),
    (Toss, "REJECT_TOSSPAY_INVALID_ACCOUNT", Declined(NotSupported)),
    (Toss, "REJECT_CARD_COMPANY", Declined(Refused)),
    (Toss, "INVALID_CARD_EXPIRATION", Declined(WrongDetails)),
    (Toss, "INVALID_CARD_NUMBER", Declined(WrongDetails)),
    (Toss, "INVALID_CARD_PASSWORD", Declined(WrongDetails)),
    (Toss, "INVALID_PASSWORD", Declined(WrongDetails)),
    (Toss, "INVALID_CARD_LOST_OR_STOLEN", Declined(CardBlocked)),
    (Toss, "INVALID_STOPPED_CARD", Declined(CardBlocked)),
    (Toss, "INVALID_REJECT_CARD", Declined(CardBlocked)),
    (Toss, "RESTRICTED_TRANSFER_ACCOUNT", Declined(CardBlocked)),
    (Toss, "EXCEED_MAX_AMOUNT", Declined(LimitExceeded)),
    (Toss, "EXCEED_MAX_DAILY_PAYMENT_COUNT", Declined(LimitExceeded)),
    (Toss, "EXCEED_MAX_PAYMENT_AMOUNT", Declined(LimitExceeded)),
    (Toss, "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT", Declined(LimitExceeded)),
    (
        Toss,
        "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",
        Declined(LimitExceeded),
    ),
    (
        Toss,
        "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT",
        Declined(LimitExceeded),
    ),
    (Toss, "EXCEED_MAX_AUTH_COUNT", Declined(LimitExceeded)),
    (Toss, "EXCEED_MAX_ONE_DAY_AMOUNT", Declined(LimitExceeded)),
    (Toss, "NOT_AVAILABLE_BANK", Declined(IssuerAway)),
    (Toss, "NOT_AVAILABLE_PAYMENT", Declined(IssuerAway)),
    (Toss, "NOT_SUPPORTED_METHOD", Declined(NotSupported)),
    (Toss, "NOT_ALLOWED_POINT_USE", Declined(NotSupported)),
    (Toss, "BELOW_MINIMUM_AMOUNT", Declined(NotSupported)),
    (Stripe, "idempotency_key_in_use", Again),
    (Stripe, "lock_timeout", Again),
    (Stripe, "rate_limit", Again),
    (Stripe, "payment_intent_unexpected_state", AskFirst),
    (Stripe, "charge_already_captured", AskFirst),
    (Stripe, "charge_already_refunded", AskFirst),
    (Stripe, "resource_missing", WrongKey),
    (Stripe, "charge_expired_for_capture", WrongKey),
    (Stripe, "capture_charge_authorization_expired", WrongKey),
    (Stripe, "api_key_expired", NotUs),
    (Stripe, "platform_api_key_expired", NotUs),
    (Stripe, "secret_key_required", NotUs),
    (Stripe, "testmode_charges_only", NotUs),
    (Stripe, "account_invalid", NotUs),
    (Stripe, "insufficient_funds", Declined(InsufficientFunds)),
    (Stripe, "card_velocity_exceeded", Declined(LimitExceeded)),
    (Stripe, "withdrawal_count_limit_exceeded", Declined(LimitExceeded)),
    (Stripe, "amount_too_large", Declined(LimitExceeded)),
    (Stripe, "expired_card", Declined(CardExpired)),
    (Stripe, "lost_card", Declined(CardBlocked)),
    (Stripe, "stolen_card", Declined(CardBlocked)),
    (Stripe, "pickup_card", Declined(CardBlocked)),
    (Stripe, "restricted_card", Declined(CardBlocked)),
    (Stripe, "security_violation", Declined(CardBlocked)),
    (Stripe, "incorrect_cvc", Declined(WrongDetails)),
    (Stripe, "invalid_cvc", Declined(WrongDetails)),
    (Stripe, "incorrect_number", Declined(WrongDetails)),
    (Stripe, "invalid_number", Declined(WrongDetails)),
    (Stripe, "invalid_expiry_month", Declined(WrongDetails)),
    (Stripe, "invalid_expiry_year", Declined(WrongDetails)),
    (Stripe, "incorrect_zip", Declined(WrongDetails)),
    (Stripe, "incorrect_pin", Declined(WrongDetails)),
    (Stripe, "invalid_account", Declined(WrongDetails)),
    (Stripe, "card_not_supported", Declined(NotSupported)),
    (Stripe, "currency_not_supported", Declined(NotSupported)),
    (Stripe, "transaction_not_allowed", Declined(NotSupported)),
    (Stripe, "service_not_allowed", Declined(NotSupported)),
    (Stripe, "invalid_amount", Declined(NotSupported)),
    (Stripe, "amount_too_small", Declined(NotSupported)),
    (Stripe, "authentication_required", Declined(AuthenticationNeeded)),
    (
        Stripe,
        "authentication_not_handled",
        Declined(AuthenticationNeeded),
    ),
    (
        Stripe,
        "payment_intent_authentication_failure",
        Declined(AuthenticationNeeded),
    ),
    (Stripe, "offline_pin_required", Declined(AuthenticationNeeded)),
    (
        Stripe,
        "online_or_offline_pin_required",
        Declined(AuthenticationNeeded),
    ),
    (Stripe, "issuer_not_available", Declined(IssuerAway)),
    (Stripe, "processing_error", Declined(IssuerAway)),
    (Stripe, "reenter_transaction", Declined(IssuerAway)),
    (Stripe, "try_again_later", Declined(IssuerAway)),
    (Stripe, "payment_method_unactivated", Declined(MethodGone)),
    (Stripe, "payment_method_unexpected_state", Declined(MethodGone)),
    (Stripe, "card_declined", Declined(Refused)),
    (Stripe, "generic_decline", Declined(Refused)),
    (Stripe, "do_not_honor", Declined(Refused)),
    (Stripe, "call_issuer", Declined(Refused)),
    (Stripe, "fraudulent", Declined(Refused)),
    (Stripe, "no_action_taken", Declined(Refused)),
    (Stripe, "not_permitted", Declined(Refused)),
    (Stripe, "stop_payment_order", Declined(Refused)),
];

impl Meaning {
    /// What a status below 500 and its code mean.
    pub fn of(provider: Provider, status: u16, code: &str) -> Self {
        let known = || {
            TABLE
                .iter()
                .find(|(by, known, _)| (*by, *known) == (provider, code))
        };
        match status {
            409 | 429 => Again,
            401 => NotUs,
            _ => known().map_or_else(
                || {
                    // It may be that we ask in a wrong way.
                    tracing::warn!(
                        pg = provider.into_str(),
                        status,
                        code,
                        "the PG refuses with a code nobody knows here"
                    );
                    Declined(Refused)
                },
                |(_, _, meaning)| *meaning,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_documentation_says() {
        for (provider, status, code, meaning) in [
            (Toss, 400, "PROVIDER_ERROR", Again),
            (Toss, 403, "FORBIDDEN_CONSECUTIVE_REQUEST", Again),
            (Toss, 409, "IDEMPOTENT_REQUEST_PROCESSING", Again),
            (Toss, 429, "", Again),
            (Toss, 400, "ALREADY_PROCESSED_PAYMENT", AskFirst),
            (Toss, 404, "NOT_FOUND_PAYMENT_SESSION", WrongKey),
            (Toss, 401, "UNAUTHORIZED_KEY", NotUs),
            (Toss, 403, "REJECT_CARD_PAYMENT", Declined(LimitExceeded)),
            (Toss, 400, "A_CODE_OF_TOMORROW", Declined(Refused)),
            (Stripe, 409, "idempotency_key_in_use", Again),
            (Stripe, 400, "payment_intent_unexpected_state", AskFirst),
            (Stripe, 404, "resource_missing", WrongKey),
            (Stripe, 401, "", NotUs),
            (Stripe, 402, "insufficient_funds", Declined(InsufficientFunds)),
            (Stripe, 402, "a_code_of_tomorrow", Declined(Refused)),
            // A code of one PG means nothing at the other.
            (Stripe, 400, "PROVIDER_ERROR", Declined(Refused)),
        ] {
            assert_eq!(Meaning::of(provider, status, code), meaning, "{code}");
        }
    }

    #[test]
    fn each_code_stands_once() {
        let codes: std::collections::HashSet<_> = TABLE.iter().map(|(by, code, _)| (by, code)).collect();
        assert_eq!(codes.len(), TABLE.len());
    }
}
