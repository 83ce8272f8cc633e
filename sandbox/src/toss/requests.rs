//! Request bodies and the rules on their fields.

use serde::Deserialize;

use super::errors::{
    BELOW_MINIMUM_AMOUNT, EXCEED_MAX_AMOUNT, INVALID_CUSTOMER_KEY, INVALID_ORDER_ID, INVALID_ORDER_NAME,
    INVALID_REQUEST, REJECT_CARD_PAYMENT, Refusal,
};
use super::payment::Method;

/// Cards take no less, in won.
const LEAST_CARD_AMOUNT: i64 = 100;
/// The sandbox takes no more, in won: sums of a million such payments still fit.
const MOST_AMOUNT: i64 = 1_000_000_000_000;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionRequest {
    pub order_id: String,
    pub order_name: String,
    pub amount: i64,
    #[serde(default)]
    pub method: Method,
    #[serde(default)]
    pub tax_free_amount: i64,
    pub customer_name: Option<String>,
    pub customer_key: Option<String>,
    pub bank: Option<String>,
    pub behavior: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BillingSessionRequest {
    pub customer_key: String,
    pub behavior: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConfirmRequest {
    pub payment_key: String,
    pub order_id: String,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VirtualAccountRequest {
    pub amount: i64,
    pub order_id: String,
    pub order_name: String,
    pub customer_name: String,
    pub bank: String,
    pub valid_hours: Option<i64>,
    #[serde(default)]
    pub tax_free_amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssueRequest {
    pub auth_key: String,
    pub customer_key: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeRequest {
    pub customer_key: String,
    pub amount: i64,
    pub order_id: String,
    pub order_name: String,
    #[serde(default)]
    pub tax_free_amount: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct DepositRequest {
    pub amount: Option<i64>,
}

/// What every new order must satisfy.
pub(super) fn check_order(
    order_id: &str,
    order_name: &str,
    amount: i64,
    tax_free: i64,
    method: Method,
) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !(6..=64).contains(&order_id.len()) || !order_id.bytes().all(allowed) {
        return Err(INVALID_ORDER_ID);
    }
    if order_name.is_empty() || order_name.chars().count() > 100 {
        return Err(INVALID_ORDER_NAME);
    }
    if amount < 1 || !(0..=amount).contains(&tax_free) {
        return Err(INVALID_REQUEST);
    }
    if method != Method::VirtualAccount && amount < LEAST_CARD_AMOUNT {
        return Err(BELOW_MINIMUM_AMOUNT);
    }
    if amount > MOST_AMOUNT {
        Err(EXCEED_MAX_AMOUNT)
    } else {
        Ok(())
    }
}

pub(super) fn check_customer_key(key: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=.@".contains(&byte);
    let fits = (2..=300).contains(&key.len()) && key.bytes().all(allowed);
    if fits { Ok(()) } else { Err(INVALID_CUSTOMER_KEY) }
}

/// The code a session's `behavior` makes the issuer decline with: none for APPROVE or nothing, the usual one for DECLINE,
/// otherwise the documented code it names.
pub(super) fn declines_with(behavior: Option<&str>) -> Result<Option<String>, Refusal> {
    let code = match behavior {
        None | Some("APPROVE") => return Ok(None),
        Some("DECLINE") => REJECT_CARD_PAYMENT.code,
        Some(code) => Refusal::of(code).ok_or(INVALID_REQUEST)?.code,
    };
    Ok(Some(code.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_checked_field_by_field() {
        let check =
            |id: &str, name: &str, amount, tax_free| check_order(id, name, amount, tax_free, Method::Card);
        assert_eq!(check("order-1", "감자", 100, 100), Ok(()));
        assert_eq!(check("order", "감자", 100, 0), Err(INVALID_ORDER_ID));
        assert_eq!(check("order 1", "감자", 100, 0), Err(INVALID_ORDER_ID));
        assert_eq!(check(&"o".repeat(65), "감자", 100, 0), Err(INVALID_ORDER_ID));
        assert_eq!(check("order-1", "", 100, 0), Err(INVALID_ORDER_NAME));
        assert_eq!(
            check("order-1", &"감".repeat(101), 100, 0),
            Err(INVALID_ORDER_NAME)
        );
        assert_eq!(check("order-1", "감자", 0, 0), Err(INVALID_REQUEST));
        assert_eq!(check("order-1", "감자", 100, 101), Err(INVALID_REQUEST));
        assert_eq!(check("order-1", "감자", 99, 0), Err(BELOW_MINIMUM_AMOUNT));
        assert_eq!(check("order-1", "감자", i64::MAX, 0), Err(EXCEED_MAX_AMOUNT));
    }

    #[test]
    fn a_behavior_is_approval_decline_or_a_documented_code() {
        assert_eq!(declines_with(None), Ok(None));
        assert_eq!(declines_with(Some("APPROVE")), Ok(None));
        assert_eq!(
            declines_with(Some("DECLINE")),
            Ok(Some("REJECT_CARD_PAYMENT".to_owned()))
        );
        assert_eq!(
            declines_with(Some("REJECT_CARD_COMPANY")),
            Ok(Some("REJECT_CARD_COMPANY".to_owned()))
        );
        assert_eq!(declines_with(Some("PERHAPS")), Err(INVALID_REQUEST));
    }

    #[test]
    fn a_customer_key_has_its_own_alphabet() {
        assert_eq!(check_customer_key("user-1@shop.kr"), Ok(()));
        assert_eq!(check_customer_key("u"), Err(INVALID_CUSTOMER_KEY));
        assert_eq!(check_customer_key("손님"), Err(INVALID_CUSTOMER_KEY));
    }
}
