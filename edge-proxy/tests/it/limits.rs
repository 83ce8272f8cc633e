//! How often somebody may call.

use std::time::Duration;

use prost::Message as _;
use serde_json::json;
use xlcfi_contracts::order::v1::GetOrderRequest;
use xlcfi_testkit::{eventually, user};

use crate::rig::{GET_ORDER, ORDER, Rig};

fn order() -> String {
    format!("/api/v1/orders/{ORDER}")
}

/// How many of `count` calls in turn come through.
async fn through(rigs: &[&Rig], bearer: &str, count: usize) -> usize {
    let mut got = 0;
    for turn in 0..count {
        let status = rigs[turn % rigs.len()]
            .client
            .get(&order(), &[("authorization", bearer)])
            .await
            .status;
        assert!(matches!(status.as_u16(), 200 | 429), "{status}");
        got += usize::from(status == 200);
    }
    got
}

#[tokio::test]
async fn each_user_has_an_allowance_and_is_told_what_is_left() {
    let rig = Rig::with(|settings| settings.rate_limit = 3).await;
    let (one, other) = (rig.bearer(&user()), rig.bearer(&user()));
    for left in ["2", "1", "0"] {
        let answer = rig.client.get(&order(), &[("authorization", &one)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            (
                answer.header("ratelimit-limit"),
                answer.header("ratelimit-remaining")
            ),
            (Some("3"), Some(left))
        );
    }
    let refused = rig.client.get(&order(), &[("authorization", &one)]).await;
    assert_eq!(
        (refused.status.as_u16(), refused.reason().as_str()),
        (429, "RATE_LIMITED")
    );
    let wait: u64 = refused
        .header("retry-after")
        .expect("a time")
        .parse()
        .expect("seconds");
    assert!((1..=20).contains(&wait));
    let details = refused.json()["details"].to_string();
    assert!(details.contains("google.rpc.RetryInfo"));

    let message = GetOrderRequest {
        order_id: ORDER.into(),
    }
    .encode_to_vec();
    let native = rig
        .client
        .grpc(GET_ORDER, &[("authorization", &one)], &message)
        .await;
    assert_eq!((native.status.as_u16(), native.grpc_status()), (200, "8"));
    assert_eq!(native.grpc_reason().as_deref(), Some("RATE_LIMITED"));
    assert_eq!(native.header("ratelimit-remaining"), Some("0"));
    assert_eq!(
        rig.client
            .get(&order(), &[("authorization", &other)])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn sign_in_is_counted_by_address_and_apart() {
    let rig = Rig::with(|settings| {
        settings.credential_rate_limit = 2;
        settings.trusted_proxies = "127.0.0.1".parse().expect("a network");
    })
    .await;
    let body = json!({"email": "a@b.kr", "password": "secret"}).to_string();
    let log_in = async |address: &str| {
        rig.client
            .post("/api/v1/auth/login", &[("x-forwarded-for", address)], &body)
            .await
            .status
            .as_u16()
    };
    assert_eq!(
        [
            log_in("203.0.113.1").await,
            log_in("203.0.113.1").await,
            log_in("203.0.113.1").await
        ],
        [401, 401, 429]
    );
    assert_eq!(log_in("203.0.113.2").await, 401);
    // What the client itself writes before the proxy's entry counts for nothing.
    assert_eq!(log_in("198.51.100.7, 203.0.113.1").await, 429);
    assert_eq!(
        rig.client
            .get("/api/v1/auth/jwks", &[("x-forwarded-for", "203.0.113.1")])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn whoever_guesses_tokens_is_limited_and_pages_are_free() {
    let rig = Rig::with(|settings| settings.rate_limit = 2).await;
    let guess = [("authorization", "Bearer a.b.c")];
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(rig.client.get(&order(), &guess).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(rig.client.get(path, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn edges_that_share_redis_share_the_count() {
    let url = std::env::var("REDIS_URL").expect("REDIS_URL is set by `make test`");
    let seed = xlcfi_identity::Seed::generate();
    let shared = |settings: &mut xlcfi_edge_proxy::EdgeSettings| {
        settings.rate_limit = 10;
        settings.redis_url = Some(url.clone());
    };
    let (one, two) = tokio::join!(Rig::with_key(&seed, shared), Rig::with_key(&seed, shared));
    // An edge that waits for Redis longer than 50 ms counts alone for a second, which happens on a
    // busy machine; edges that never share would let 20 through each time.
    eventually(async || {
        let begun = std::time::Instant::now();
        let got = through(&[&one, &two], &one.bearer(&user()), 30).await;
        let back = usize::try_from(begun.elapsed().as_secs() / 6 + 1).expect("small");
        (10..=10 + back).contains(&got).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_redis_edges_let_through_at_most_the_limit_each() {
    let seed = xlcfi_identity::Seed::generate();
    let alone = |settings: &mut xlcfi_edge_proxy::EdgeSettings| {
        settings.rate_limit = 30;
        // Nothing listens there.
        settings.redis_url = Some("redis://127.0.0.1:9".into());
    };
    let (one, two) = tokio::join!(Rig::with_key(&seed, alone), Rig::with_key(&seed, alone));
    let bearer = one.bearer(&user());
    let begun = std::time::Instant::now();
    let got = through(&[&one, &two], &bearer, 120).await;
    let back = 2 * usize::try_from(begun.elapsed().as_secs() / 2 + 1).expect("small");
    assert!((60..=60 + back).contains(&got), "{got}");
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "an absent Redis holds nobody up"
    );
}
