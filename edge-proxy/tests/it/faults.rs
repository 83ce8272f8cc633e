//! Services that are down, or answer what they should not.

use std::time::{Duration, Instant};

use serde_json::json;
use xlcfi_testkit::{eventually, user};

use crate::fake::{Fake, Reply};
use crate::rig::{NOWHERE, ORDER, Rig};

#[tokio::test]
async fn a_service_that_is_down_is_unavailable_at_once() {
    let rig = Rig::start().await;
    let begun = Instant::now();
    let answer = rig.client.get("/api/v1/products", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.reason().as_str()),
        (503, "UPSTREAM_UNAVAILABLE")
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let native = rig
        .client
        .grpc("/xlcfi.product.v1.ProductService/ListProducts", &[], b"")
        .await;
    assert_eq!(
        (native.grpc_status(), native.grpc_reason().as_deref()),
        ("14", Some("UPSTREAM_UNAVAILABLE"))
    );
}

#[tokio::test]
async fn a_service_that_comes_back_is_used_again() {
    let place = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = place.local_addr().expect("an address");
    drop(place);
    let rig = Rig::with(|settings| {
        settings
            .peers
            .insert("product".into(), format!("http://{address}"));
    })
    .await;
    assert_eq!(rig.client.get("/api/v1/products", &[]).await.status, 503);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("it is free again");
    let _product = Fake::serve(listener, None, |_| Reply::Message(Vec::new()));
    eventually(async || (rig.client.get("/api/v1/products", &[]).await.status == 200).then_some(())).await;
}

#[tokio::test]
async fn a_service_that_speaks_no_grpc_or_ends_badly_is_unavailable() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    let html = rig.client.send("DELETE", "/api/v1/orders/cart", &auth, "").await;
    assert_eq!(
        (html.status.as_u16(), html.reason().as_str()),
        (503, "UPSTREAM_UNAVAILABLE")
    );
    // The message came, but the status behind it counts.
    let late = rig.client.get("/api/v1/orders", &auth).await;
    assert_eq!(
        (late.status.as_u16(), late.json()["code"].clone()),
        (503, json!(14))
    );
}

#[tokio::test]
async fn a_breaker_opens_for_the_failing_service_alone() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    for _ in 0..100 {
        assert_eq!(rig.client.get("/api/v1/products", &[]).await.status, 503);
    }
    let open = rig.client.get("/api/v1/products", &[]).await;
    assert_eq!(
        (open.status.as_u16(), open.reason().as_str()),
        (503, "UPSTREAM_UNAVAILABLE")
    );
    let wait: u64 = open
        .header("retry-after")
        .expect("a time")
        .parse()
        .expect("seconds");
    assert!((25..=30).contains(&wait), "{wait}");
    assert_eq!(
        rig.client
            .get(&format!("/api/v1/orders/{ORDER}"), &auth)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn clients_in_a_hurry_and_refusals_open_no_breaker() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let hurried = [("authorization", bearer.as_str()), ("x-request-timeout", "0.01")];
    let calls = (0..120).map(|_| rig.client.get("/api/v1/orders/cart", &hurried));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.status, 504);
    }
    let auth = [hurried[0]];
    assert_eq!(
        rig.client
            .get(&format!("/api/v1/orders/{ORDER}"), &auth)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_edge_stops_when_told_and_ends_what_is_at_hand() {
    let rig = Rig::with(|settings| {
        settings.peers.insert("member".into(), NOWHERE.into());
    })
    .await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", bearer.as_str()), ("x-request-timeout", "0.3")];
    let at_hand = rig.client.get("/api/v1/orders/cart", &headers);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.stop.cancel();
    };
    let (answer, ()) = tokio::join!(at_hand, stop);
    assert_eq!(answer.status, 504);
    let address = rig.url.strip_prefix("http://").expect("a URL");
    eventually(async || tokio::net::TcpStream::connect(address).await.err()).await;
}
