//! Why a PG refuses a buyer's money, in our own words: one name, one sentence in
//! each language, one advice, whichever PG said it in whichever code.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// Why the money was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString, VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Decline {
    /// The issuer does not say more.
    Refused,
    InsufficientFunds,
    LimitExceeded,
    CardExpired,
    CardBlocked,
    WrongDetails,
    NotSupported,
    AuthenticationNeeded,
    IssuerAway,
    /// The stored method is no longer one.
    MethodGone,
    /// The buyer gave it up, or let the time pass, at the PG.
    Abandoned,
}

/// What may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    OtherMethod,
    Correct,
    Authenticate,
    Later,
}

impl Decline {
    /// A sentence for the buyer, in Korean and in English.
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => (
                "결제가 거절되었습니다. 다른 결제 수단으로 다시 시도해주세요.",
                "The payment was declined. Please try another payment method.",
            ),
            Self::InsufficientFunds => (
                "잔액이 부족합니다. 잔액을 확인하거나 다른 결제 수단을 이용해주세요.",
                "There is not enough money on it. Please use another payment method.",
            ),
            Self::LimitExceeded => (
                "결제 한도를 넘었습니다. 다른 결제 수단을 이용해주세요.",
                "The limit of the card or account is exceeded. Please use another payment method.",
            ),
            Self::CardExpired => (
                "유효기간이 지난 카드입니다. 다른 카드를 이용해주세요.",
                "The card has expired. Please use another card.",
            ),
            Self::CardBlocked => (
                "사용할 수 없는 카드입니다. 카드사에 문의하거나 다른 카드를 이용해주세요.",
                "The card cannot be used. Please ask its issuer or use another card.",
            ),
            Self::WrongDetails => (
                "입력한 결제 정보가 올바르지 않습니다. 확인 후 다시 시도해주세요.",
                "The payment details are not right. Please check them and try again.",
            ),
            Self::NotSupported => (
                "지원하지 않는 결제 수단입니다. 다른 결제 수단을 이용해주세요.",
                "This payment method is not supported here. Please use another one.",
            ),
            Self::AuthenticationNeeded => (
                "본인 인증이 필요합니다. 결제창에서 다시 결제해주세요.",
                "The issuer wants you to confirm it yourself. Please pay again in the checkout.",
            ),
            Self::IssuerAway => (
                "카드사와 연결이 원활하지 않습니다. 10분 뒤에 다시 시도해주세요.",
                "The issuer does not answer just now. Please try again in ten minutes.",
            ),
            Self::MethodGone => (
                "등록된 결제 수단을 찾을 수 없습니다. 결제 수단을 확인해주세요.",
                "The stored payment method is no longer there. Please check your payment methods.",
            ),
            Self::Abandoned => (
                "결제가 끝나지 않았습니다. 다시 결제해주세요.",
                "The payment was not completed. Please pay again.",
            ),
        }
    }

    /// What may be done about it.
    pub fn advice(self) -> Advice {
        match self {
            Self::WrongDetails => Advice::Correct,
            Self::AuthenticationNeeded | Self::Abandoned => Advice::Authenticate,
            Self::IssuerAway => Advice::Later,
            Self::Refused
            | Self::InsufficientFunds
            | Self::LimitExceeded
            | Self::CardExpired
            | Self::CardBlocked
            | Self::NotSupported
            | Self::MethodGone => Advice::OtherMethod,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_sentences() {
        let mut korean: Vec<_> = Decline::VARIANTS
            .iter()
            .map(|decline| decline.sentences().0)
            .collect();
        korean.sort_unstable();
        korean.dedup();
        assert_eq!(korean.len(), Decline::VARIANTS.len());
        assert!(
            Decline::VARIANTS
                .iter()
                .all(|decline| decline.sentences().1.is_ascii())
        );
    }
}
