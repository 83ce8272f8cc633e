//! Who is let in.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message as _;
use serde_json::json;
use time::OffsetDateTime;
use xlcfi_contracts::order::v1::GetOrderRequest;
use xlcfi_identity::{AccessTokenKey, Caller, Machine, Seed};
use xlcfi_testkit::{admin, user};

use crate::rig::{GET_JWKS, GET_ORDER, LOG_IN, NOWHERE, ORDER, Rig};

const CART: &str = "/api/v1/orders/cart";

fn order() -> String {
    format!("/api/v1/orders/{ORDER}")
}

#[tokio::test]
async fn a_program_gets_no_further_than_its_scopes_and_roles() {
    let rig = Rig::start().await;
    let owner = user();
    let now = OffsetDateTime::now_utc();
    let call = async |services: &[&str], path: &str| {
        let machine = Machine {
            client_id: owner.session_id,
            services: services.iter().map(|name| (*name).to_owned()).collect(),
        };
        let token = rig
            .key
            .mint_for_machine(&owner, &machine, now, Duration::from_secs(900));
        let bearer = format!("Bearer {token}");
        rig.client.get(path, &[("authorization", &bearer)]).await
    };
    let (orders, auth) = ("xlcfi.order.v1.OrderService", "xlcfi.auth.v1.AuthService");
    assert_eq!(call(&[orders], &order()).await.status.as_u16(), 200);
    for (services, path) in [
        (&[][..], order()),
        (&["xlcfi.order.v1"][..], order()),
        (&[auth][..], order()),
        (&[orders][..], "/api/v1/auth/account".to_owned()),
    ] {
        let answer = call(services, &path).await;
        let told = (answer.status.as_u16(), answer.reason());
        assert_eq!(told, (403, "SCOPE_MISSING".to_owned()), "{services:?} at {path}");
    }
    // The scope lets it through, and its owner's roles do not.
    let answer = call(&[auth], "/api/v1/auth/accounts?email=kim@example.com").await;
    assert_eq!(
        (answer.status.as_u16(), answer.reason().as_str()),
        (403, "ROLE_MISSING")
    );
}

#[tokio::test]
async fn a_token_must_be_sound() {
    let rig = Rig::start().await;
    let now = OffsetDateTime::now_utc();
    let buyer = user();
    let good = rig.bearer(&buyer);
    let (head, rest) = good.split_once('.').expect("a token");
    let (claims, signature) = rest.split_once('.').expect("a token");
    let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encode(json!({"typ": "at+jwt", "alg": "none", "kid": "k1"}));
    let confused = encode(json!({"typ": "at+jwt", "alg": "HS256", "kid": "k1"}));
    let stranger = AccessTokenKey::new("k1", &Seed::generate()).mint(&buyer, now, Duration::from_secs(900));
    let unknown = AccessTokenKey::new("k9", &Seed::generate()).mint(&buyer, now, Duration::from_secs(900));
    let expired = rig
        .key
        .mint(&buyer, now - Duration::from_secs(1_000), Duration::from_secs(900));
    let early = rig
        .key
        .mint(&buyer, now + Duration::from_secs(600), Duration::from_secs(900));
    for (what, value, reason) in [
        ("alg none", format!("Bearer {none}.{claims}."), "TOKEN_INVALID"),
        (
            "alg none, signed",
            format!("Bearer {none}.{claims}.{signature}"),
            "TOKEN_INVALID",
        ),
        (
            "HMAC by the public key",
            format!("Bearer {confused}.{claims}.{signature}"),
            "TOKEN_INVALID",
        ),
        (
            "other claims",
            format!("{head}.{}.{signature}", encode(json!({"sub": "x"}))),
            "TOKEN_INVALID",
        ),
        ("wrong key", format!("Bearer {stranger}"), "TOKEN_INVALID"),
        ("unknown key", format!("Bearer {unknown}"), "TOKEN_INVALID"),
        ("expired", format!("Bearer {expired}"), "TOKEN_EXPIRED"),
        ("not yet valid", format!("Bearer {early}"), "TOKEN_INVALID"),
        ("no token", "Bearer".to_owned(), "TOKEN_INVALID"),
        ("another scheme", "Basic dTpw".to_owned(), "TOKEN_INVALID"),
        (
            "rubbish",
            format!("Bearer {}", "x".repeat(5_000)),
            "TOKEN_INVALID",
        ),
    ] {
        let answer = rig.client.get(&order(), &[("authorization", &value)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (401, reason),
            "{what}"
        );
        let told = answer.header("www-authenticate").expect("a challenge");
        assert!(
            told.starts_with("Bearer") && told.contains("invalid_token"),
            "{what}"
        );
    }
    let twice = [("authorization", good.as_str()), ("authorization", good.as_str())];
    assert_eq!(rig.client.get(&order(), &twice).await.reason(), "TOKEN_INVALID");
    let nobody = rig.client.get(&order(), &[]).await;
    assert_eq!(
        (nobody.status.as_u16(), nobody.reason().as_str()),
        (401, "TOKEN_MISSING")
    );
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer realm=\"xlcfi\""));
    assert!(rig.order.seen(GET_ORDER).is_empty());
}

#[tokio::test]
async fn a_role_is_asked_for() {
    let rig = Rig::start().await;
    let sagas = "/api/v1/admin/sagas";
    let lacks = rig
        .client
        .get(sagas, &[("authorization", &rig.bearer(&user()))])
        .await;
    assert_eq!(
        (lacks.status.as_u16(), lacks.reason().as_str()),
        (403, "ROLE_MISSING")
    );
    // The service is asked, and has no such method in this test.
    let has = rig
        .client
        .get(sagas, &[("authorization", &rig.bearer(&admin()))])
        .await;
    assert_eq!(has.status, 501);
    assert_eq!(rig.order.seen("/xlcfi.saga.v1.SagaService/ListSagas").len(), 1);
}

#[tokio::test]
async fn identity_headers_from_outside_are_nothing() {
    let rig = Rig::start().await;
    let forged = [
        ("x-xlcfi-identity", "eyJ.e30.x"),
        ("x-user-id", "01890000-0000-7000-8000-000000000001"),
        ("x-user-roles", "ADMIN"),
        ("x-forwarded-for", "10.0.0.1"),
    ];
    assert_eq!(rig.client.get(&order(), &forged).await.reason(), "TOKEN_MISSING");
    let buyer = user();
    let bearer = rig.bearer(&buyer);
    let with_token = [&forged[..], &[("authorization", bearer.as_str())]].concat();
    assert_eq!(rig.client.get(&order(), &with_token).await.status, 200);
    let message = GetOrderRequest {
        order_id: ORDER.into(),
    }
    .encode_to_vec();
    assert_eq!(
        rig.client
            .grpc(GET_ORDER, &with_token, &message)
            .await
            .grpc_status(),
        "0"
    );
    for seen in rig.order.seen(GET_ORDER) {
        assert_eq!(seen.caller, Some(Caller::User(buyer.clone())));
        assert!(!seen.headers.contains_key("x-user-id") && !seen.headers.contains_key("x-user-roles"));
        assert_eq!(seen.headers["x-forwarded-for"], "127.0.0.1");
    }
}

#[tokio::test]
async fn sign_in_looks_at_no_token() {
    let rig = Rig::start().await;
    let expired = [("authorization", "Bearer old.and.gone")];
    let body = json!({"email": "a@b.kr", "password": "secret"}).to_string();
    let answer = rig.client.post("/api/v1/auth/login", &expired, &body).await;
    // The refusal is the service's own.
    assert_eq!(answer.status, 401);
    assert_eq!(rig.auth.seen(LOG_IN)[0].caller, Some(Caller::Anonymous));
}

#[tokio::test]
async fn a_new_key_is_fetched_once_for_all_who_bring_it() {
    let rig = Rig::start().await;
    let before = rig.auth.seen(GET_JWKS).len();
    let unknown = AccessTokenKey::new("k2", &rig.seed);
    let token = unknown.mint(&user(), OffsetDateTime::now_utc(), Duration::from_secs(900));
    let bearer = format!("Bearer {token}");
    let asks = (0..20).map(|_| async {
        let headers = [("authorization", bearer.as_str())];
        rig.client.get(&order(), &headers).await.status
    });
    for status in futures::future::join_all(asks).await {
        assert_eq!(status, 401);
    }
    assert_eq!(rig.auth.seen(GET_JWKS).len(), before + 1);
}

#[tokio::test]
async fn before_there_are_keys_a_token_is_for_later_and_the_rest_goes_on() {
    let rig = Rig::with(|settings| {
        settings.peers.insert("auth".into(), NOWHERE.into());
    })
    .await;
    let bearer = rig.bearer(&user());
    let answer = rig.client.get(CART, &[("authorization", &bearer)]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.reason().as_str()),
        (503, "KEYS_UNAVAILABLE")
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(rig.client.get(CART, &[]).await.status, 401);
    assert_eq!(rig.client.get("/healthz", &[]).await.status, 200);
    assert_eq!(rig.client.get("/readyz", &[]).await.status, 503);
}
