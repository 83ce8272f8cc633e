use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{AccessTokenKey, JwkSet, Machine, Refused, Seed, UserTokens};
use xlcfi_types::Clock;

use crate::forge::{NOW, user, user_door};

const LIST_ORDERS: &str = "/xlcfi.order.v1.OrderService/ListOrders";
const LOG_OUT: &str = "/xlcfi.auth.v1.AuthService/LogOut";

fn tokens() -> (AccessTokenKey, UserTokens) {
    let key = AccessTokenKey::new("k1", &Seed::generate());
    let keys = JwkSet::new();
    keys.replace([&key.jwk()]).expect("a key");
    (key, UserTokens::new(keys).with_clock(Clock::fixed(NOW)))
}

#[test]
fn a_program_calls_the_services_its_token_names_also_once_it_was_seen() {
    let (key, tokens) = tokens();
    let owner = user(&[Role::Buyer]);
    let machine = Machine {
        client_id: Uuid::now_v7(),
        services: vec![
            "xlcfi.order.v1.OrderService".into(),
            "xlcfi.product.v1.ProductService".into(),
        ],
    };
    let token = key.mint_for_machine(&owner, &machine, NOW, Duration::from_secs(60));
    for _ in 0..2 {
        assert_eq!(tokens.verify_for(&token, LIST_ORDERS), Ok(owner.clone()));
        assert_eq!(tokens.verify_for(&token, LOG_OUT), Err(Refused::ScopeMissing));
        let as_person = Err(Refused::TokenInvalid("it is a program's"));
        assert_eq!(tokens.verify(&token), as_person);
    }
    let person = key.mint(&owner, NOW, Duration::from_secs(60));
    assert_eq!(tokens.verify_for(&person, LOG_OUT), Ok(owner));
}

#[test]
fn a_token_that_names_a_program_and_no_service_calls_nothing() {
    for scope in [Value::Null, json!(""), json!("xlcfi.order.v1"), json!("*")] {
        let door = user_door();
        let mut token = door.good.clone();
        token.claims["client_id"] = json!(Uuid::now_v7());
        if !scope.is_null() {
            token.claims["scope"] = scope.clone();
        }
        let tokens = door.tokens.expect("the door of users");
        let refused = tokens.verify_for(&token.signed(), LIST_ORDERS);
        assert_eq!(refused, Err(Refused::ScopeMissing), "{scope}");
    }
}

#[test]
fn a_scope_without_a_program_is_refused() {
    let door = user_door();
    let mut token = door.good.clone();
    token.claims["scope"] = json!("xlcfi.order.v1.OrderService");
    let reason = Err(Refused::TokenInvalid("it has a scope and names no program"));
    assert_eq!(door.take(&token.signed()), reason);
}
