//! Why an issuer declines: decline codes with the error code that goes with each, and the sandbox's own words.

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    pub decline_code: &'static str,
    pub code: &'static str,
    pub message: &'static str,
}

const fn row(decline_code: &'static str, message: &'static str) -> Decline {
    coded(decline_code, "card_declined", message)
}

const fn coded(decline_code: &'static str, code: &'static str, message: &'static str) -> Decline {
    Decline {
        decline_code,
        code,
        message,
    }
}

pub(super) const GENERIC: Decline = row("generic_decline", "The card was declined.");
pub(super) const AUTHENTICATION_REQUIRED: Decline = coded(
    "authentication_required",
    "authentication_required",
    "The card was declined: the buyer has to authenticate this payment.",
);

pub(super) static DECLINES: [Decline; 36] = [
    GENERIC,
    AUTHENTICATION_REQUIRED,
    coded("expired_card", "expired_card", "The card has expired."),
    coded(
        "incorrect_cvc",
        "incorrect_cvc",
        "The card's security code is wrong.",
    ),
    coded(
        "incorrect_number",
        "incorrect_number",
        "The card's number is wrong.",
    ),
    coded(
        "invalid_cvc",
        "invalid_cvc",
        "The card's security code is not one.",
    ),
    coded(
        "invalid_expiry_month",
        "invalid_expiry_month",
        "The card's expiry month is not one.",
    ),
    coded(
        "invalid_expiry_year",
        "invalid_expiry_year",
        "The card's expiry year is not one.",
    ),
    coded(
        "processing_error",
        "processing_error",
        "The card could not be processed; try again in a while.",
    ),
    row("approve_with_id", "The payment cannot be authorized."),
    row("call_issuer", "The issuer wants to be asked."),
    row("card_not_supported", "The card does not support this purchase."),
    row(
        "card_velocity_exceeded",
        "The card's balance or limit is used up.",
    ),
    row(
        "currency_not_supported",
        "The card does not support the currency.",
    ),
    row("do_not_honor", "The issuer does not honor the card."),
    row("do_not_try_again", "The issuer wants no further try."),
    row("duplicate_transaction", "The same payment was made a moment ago."),
    row("fraudulent", "The payment looks fraudulent."),
    row("incorrect_pin", "The PIN is wrong."),
    row("insufficient_funds", "The card has insufficient funds."),
    row("invalid_account", "The card or its account is invalid."),
    row("invalid_amount", "The amount is more than the card allows."),
    row("issuer_not_available", "The issuer could not be reached."),
    row("lost_card", "The card was reported lost."),
    row("merchant_blacklist", "The buyer is on the shop's block list."),
    row(
        "new_account_information_available",
        "The card or its account is invalid.",
    ),
    row("no_action_taken", "The card was declined for an unknown reason."),
    row("not_permitted", "The payment is not permitted."),
    row(
        "pickup_card",
        "The card cannot be used; it may be lost or stolen.",
    ),
    row("reenter_transaction", "The issuer could not process the payment."),
    row("restricted_card", "The card cannot be used for this payment."),
    row(
        "service_not_allowed",
        "The card was declined for an unknown reason.",
    ),
    row("stolen_card", "The card was reported stolen."),
    row(
        "transaction_not_allowed",
        "The issuer does not allow the payment.",
    ),
    row("try_again_later", "The card was declined; try again later."),
    row(
        "withdrawal_count_limit_exceeded",
        "The card's balance or limit is used up.",
    ),
];

impl Decline {
    pub(super) fn of(decline_code: &str) -> Option<Decline> {
        DECLINES
            .iter()
            .find(|row| row.decline_code == decline_code)
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_decline_code_stands_once() {
        let codes: HashSet<_> = DECLINES.iter().map(|row| row.decline_code).collect();
        assert_eq!(codes.len(), DECLINES.len());
        assert_eq!(
            Decline::of("lost_card").map(|row| row.code),
            Some("card_declined")
        );
        assert_eq!(Decline::of("happy_card"), None);
    }
}
