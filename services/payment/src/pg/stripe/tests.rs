use serde_json::json;

use super::*;

fn read(status: &str, received: i64, charge: serde_json::Value) -> PgPayment {
    let intent = json!({
        "id": "pi_1", "status": status, "amount": 1_000, "amount_received": received, "currency": "krw",
        "metadata": {"order_id": "o"}, "latest_charge": charge,
    });
    serde_json::from_value::<Intent>(intent)
        .expect("an intent")
        .into()
}

#[test]
fn an_intent_says_what_was_taken_and_what_was_given_back() {
    let open = read("requires_action", 0, json!(null));
    assert_eq!(
        (open.state, open.balance, open.currency.as_str()),
        (PgState::Open, 0, "KRW")
    );
    let authorized = read("requires_capture", 0, json!("ch_1"));
    assert_eq!(
        (authorized.state, authorized.amount),
        (PgState::Authorized, 1_000)
    );
    let whole = json!({"id": "ch_1", "amount_refunded": 0, "receipt_url": "https://pay/r"});
    let captured = read("succeeded", 1_000, whole);
    assert_eq!((captured.state, captured.balance), (PgState::Captured, 1_000));
    assert_eq!(captured.receipt_url, "https://pay/r");
    let part = read("succeeded", 1_000, json!({"id": "ch_1", "amount_refunded": 300}));
    assert_eq!((part.state, part.balance), (PgState::Returned, 700));
    assert_eq!(read("canceled", 0, json!(null)).state, PgState::Expired);
    // Less was captured than authorised: the difference shows.
    assert_eq!(read("succeeded", 900, json!(null)).amount, 900);
}

#[test]
fn a_token_names_customer_and_method() {
    assert_eq!(parts("cus_1 pm_1").ok(), Some(("cus_1", "pm_1")));
    assert!(parts("bill_1").is_err());
    assert_eq!(capitalised("visa"), "Visa");
}
