//! Stripe's test payment methods, by their own names: what each looks like and how it behaves. No card has a number here.

/// When the buyer has to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authenticates {
    Never,
    Always,
    /// Always with the buyer present; without only until the card has been set up.
    UntilSetUp,
    /// With the buyer present only.
    OnSession,
}

/// What becomes of a refund to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refunds {
    AtOnce,
    /// Pending, then succeeded.
    Later,
    /// Succeeded, then failed.
    InVain,
}

/// How a test payment method behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TestMethod {
    pub alias: &'static str,
    pub brand: &'static str,
    pub last4: &'static str,
    pub country: &'static str,
    /// A bank account: its payments are processing for a while.
    pub is_bank: bool,
    pub declines: Option<&'static str>,
    pub authenticates: Authenticates,
    pub refunds: Refunds,
    /// Declines to be stored.
    pub declines_to_attach: bool,
}

const fn card(alias: &'static str, brand: &'static str, last4: &'static str) -> TestMethod {
    TestMethod {
        alias,
        brand,
        last4,
        country: "US",
        is_bank: false,
        declines: None,
        authenticates: Authenticates::Never,
        refunds: Refunds::AtOnce,
        declines_to_attach: false,
    }
}

/// A declining card cannot be stored either, except the one made for that.
const fn declining(alias: &'static str, last4: &'static str, decline_code: &'static str) -> TestMethod {
    TestMethod {
        declines: Some(decline_code),
        declines_to_attach: true,
        ..card(alias, "visa", last4)
    }
}

const fn secure(
    alias: &'static str,
    last4: &'static str,
    authenticates: Authenticates,
    declines: Option<&'static str>,
) -> TestMethod {
    TestMethod {
        authenticates,
        declines,
        ..card(alias, "visa", last4)
    }
}

const fn bank(alias: &'static str, last4: &'static str, declines: Option<&'static str>) -> TestMethod {
    TestMethod {
        is_bank: true,
        declines,
        ..card(alias, "STRIPE TEST BANK", last4)
    }
}

pub(super) static TEST_METHODS: [TestMethod; 33] = [
    card("pm_card_visa", "visa", "4242"),
    card("pm_card_visa_debit", "visa", "5556"),
    card("pm_card_mastercard", "mastercard", "4444"),
    card("pm_card_amex", "amex", "8431"),
    card("pm_card_discover", "discover", "9424"),
    card("pm_card_diners", "diners", "0004"),
    card("pm_card_jcb", "jcb", "0505"),
    card("pm_card_unionpay", "unionpay", "0005"),
    TestMethod {
        country: "KR",
        ..card("pm_card_kr", "visa", "0005")
    },
    declining("pm_card_chargeDeclined", "0002", "generic_decline"),
    declining(
        "pm_card_chargeDeclinedInsufficientFunds",
        "9995",
        "insufficient_funds",
    ),
    declining("pm_card_chargeDeclinedLostCard", "9987", "lost_card"),
    declining("pm_card_chargeDeclinedStolenCard", "9979", "stolen_card"),
    declining("pm_card_chargeDeclinedFraudulent", "0019", "fraudulent"),
    declining("pm_card_chargeDeclinedExpiredCard", "0069", "expired_card"),
    declining("pm_card_chargeDeclinedIncorrectCvc", "0127", "incorrect_cvc"),
    declining(
        "pm_card_chargeDeclinedProcessingError",
        "0119",
        "processing_error",
    ),
    declining(
        "pm_card_chargeDeclinedVelocityLimitExceeded",
        "6975",
        "card_velocity_exceeded",
    ),
    TestMethod {
        declines_to_attach: false,
        ..declining("pm_card_chargeCustomerFail", "0341", "generic_decline")
    },
    secure(
        "pm_card_authenticationRequired",
        "3184",
        Authenticates::Always,
        None,
    ),
    secure(
        "pm_card_authenticationRequiredOnSetup",
        "3155",
        Authenticates::UntilSetUp,
        None,
    ),
    secure(
        "pm_card_authenticationRequiredSetupForOffSession",
        "0446",
        Authenticates::OnSession,
        None,
    ),
    secure(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "3178",
        Authenticates::Always,
        Some("insufficient_funds"),
    ),
    secure(
        "pm_card_threeDSecureRequired",
        "3063",
        Authenticates::Always,
        None,
    ),
    secure(
        "pm_card_threeDSecure2Required",
        "3220",
        Authenticates::Always,
        None,
    ),
    secure(
        "pm_card_threeDSecureRequiredChargeDeclined",
        "1629",
        Authenticates::Always,
        Some("generic_decline"),
    ),
    secure("pm_card_threeDSecureOptional", "3055", Authenticates::Never, None),
    TestMethod {
        refunds: Refunds::Later,
        ..card("pm_card_pendingRefund", "visa", "7726")
    },
    TestMethod {
        refunds: Refunds::InVain,
        ..card("pm_card_refundFail", "visa", "5126")
    },
    bank("pm_usBankAccount_success", "6789", None),
    bank(
        "pm_usBankAccount_insufficientFunds",
        "2227",
        Some("insufficient_funds"),
    ),
    bank("pm_usBankAccount_accountClosed", "1113", Some("invalid_account")),
    bank("pm_usBankAccount_noAccount", "1116", Some("invalid_account")),
];

impl TestMethod {
    /// The test method of a name; declining cards go by a name with their brand too.
    pub(super) fn of(alias: &str) -> Option<TestMethod> {
        let plain = alias.replace("pm_card_visa_charge", "pm_card_charge");
        TEST_METHODS.iter().find(|method| method.alias == plain).copied()
    }

    /// Whether the buyer has to authenticate this payment.
    pub(super) fn asks(self, off_session: bool, set_up: bool) -> bool {
        match self.authenticates {
            Authenticates::Never => false,
            Authenticates::Always => true,
            Authenticates::UntilSetUp => !off_session || !set_up,
            Authenticates::OnSession => !off_session,
        }
    }

    pub(super) fn kind(self) -> &'static str {
        if self.is_bank { "us_bank_account" } else { "card" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::declines::Decline;

    #[test]
    fn a_declining_card_has_two_names_and_a_known_reason() {
        assert_eq!(
            TestMethod::of("pm_card_visa_chargeDeclinedLostCard"),
            TestMethod::of("pm_card_chargeDeclinedLostCard")
        );
        assert_eq!(TestMethod::of("pm_card_unheardOf"), None);
        for method in &TEST_METHODS {
            let known = method.declines.is_none_or(|code| Decline::of(code).is_some());
            assert!(known && method.last4.len() == 4, "{}", method.alias);
        }
    }

    #[test]
    fn who_must_authenticate_when() {
        let asks =
            |alias, off_session, set_up| TestMethod::of(alias).expect("a method").asks(off_session, set_up);
        assert!(asks("pm_card_authenticationRequired", true, true));
        assert!(asks("pm_card_authenticationRequiredOnSetup", true, false));
        assert!(!asks("pm_card_authenticationRequiredOnSetup", true, true));
        assert!(asks("pm_card_authenticationRequiredOnSetup", false, true));
        assert!(!asks(
            "pm_card_authenticationRequiredSetupForOffSession",
            true,
            false
        ));
        assert!(!asks("pm_card_visa", false, false));
    }
}
