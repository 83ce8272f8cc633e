//! Requests nobody sends by accident: none brings the edge down, none hangs.

use std::time::Duration;

use xlcfi_testkit::user;

use crate::rig::{ORDER, Rig};

/// The status line's number, and that the connection ended in time.
async fn status(rig: &Rig, bytes: &[u8]) -> u16 {
    let answer = tokio::time::timeout(Duration::from_secs(10), rig.client.raw(bytes))
        .await
        .expect("no hang");
    answer
        .get(9..12)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes()
}

#[tokio::test]
async fn paths_with_tricks_reach_nothing() {
    let rig = Rig::start().await;
    for path in [
        "//api/v1/orders",
        "/api/v1//orders",
        "/api/v1/./orders",
        "/api/v1/orders/../admin/sagas",
        "/api/v1/%2e%2e/admin/sagas",
        "/api%2fv1/orders",
        "/api/v1/orders/",
        "/API/V1/orders",
        "/api/v1/orders;x=1",
        "/..",
        "/%00",
        "*",
    ] {
        let got = status(&rig, &request(&format!("GET {path}"), "", "")).await;
        assert!(matches!(got, 400 | 401 | 404 | 405), "{path}: {got}");
    }
    // An encoded slash stays within its segment: an order of an odd name.
    let bearer = rig.bearer(&user());
    for path in [
        "/api/v1/orders/a%2F..%2Fb",
        "/api/v1/orders/%2e%2e",
        "/api/v1/orders/%F0%9F%8D%8E",
    ] {
        let got = status(
            &rig,
            &request(
                &format!("GET {path}"),
                &format!("authorization: {bearer}\r\n"),
                "",
            ),
        )
        .await;
        assert_eq!(got, 200, "{path}");
    }
    let seen = rig.order.seen(crate::rig::GET_ORDER);
    assert!(seen[0].message.ends_with(b"a/../b") && seen[1].message.ends_with(b".."));
}

#[tokio::test]
async fn headers_and_bodies_of_every_bad_kind_are_the_clients_fault() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let auth = format!("authorization: {bearer}\r\n");
    let post = |headers: &str, body: &str| {
        let headers = format!(
            "{auth}content-type: application/json\r\n{headers}content-length: {}\r\n",
            body.len()
        );
        request("POST /api/v1/orders", &headers, body)
    };
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let mut not_utf8 = post("", "xx");
    let length = not_utf8.len();
    not_utf8[length - 2..].copy_from_slice(&[0xff, 0xfe]);
    for (what, bytes) in [
        (
            "a huge header",
            request(
                "GET /healthz",
                &format!("x-huge: {}\r\n", "x".repeat(64 << 10)),
                "",
            ),
        ),
        ("many headers", request("GET /healthz", &many, "")),
        (
            "a huge path",
            request(&format!("GET /{}", "x".repeat(64 << 10)), "", ""),
        ),
        (
            "two lengths",
            request(
                "POST /api/v1/orders",
                "content-length: 2\r\ncontent-length: 3\r\n",
                "{}",
            ),
        ),
        (
            "a length that is none",
            request("POST /api/v1/orders", "content-length: -1\r\n", ""),
        ),
        (
            "a length and chunks",
            request(
                "POST /api/v1/orders",
                "content-length: 5\r\ntransfer-encoding: x\r\n",
                "{}",
            ),
        ),
        ("two types", post("content-type: text/plain\r\n", "{}")),
        (
            "two keys",
            post("idempotency-key: a\r\nidempotency-key: b\r\n", "{}"),
        ),
        ("no UTF-8", not_utf8),
        ("broken JSON", post("", "{\"requestId\":")),
        ("a duplicate field", post("", "{\"points\":1,\"points\":2}")),
        ("a lone surrogate", post("", "{\"requestId\":\"\\ud800\"}")),
        (
            "a number out of range",
            post("", "{\"points\":9223372036854775808}"),
        ),
        ("an array for an object", post("", "[]")),
        (
            "deep nesting",
            post("", &format!("{{\"lines\":{}", "[".repeat(100_000))),
        ),
        ("a bad enum", request("GET /api/v1/orders?state=APPLE", &auth, "")),
        (
            "a bad escape in the query",
            request("GET /api/v1/orders?state=%zz", &auth, ""),
        ),
        (
            "a query that is no UTF-8",
            request("GET /api/v1/orders?pageToken=%ff", &auth, ""),
        ),
        (
            "no request at all",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello over TLS\r\n\r\n".to_vec(),
        ),
        (
            "a body on a GET",
            request(
                &format!("GET /api/v1/orders/{ORDER}"),
                &format!("{auth}content-length: 2\r\n"),
                "{}",
            ),
        ),
    ] {
        let got = status(&rig, &bytes).await;
        assert!((400..500).contains(&got), "{what}: {got}");
    }
    assert_eq!(rig.client.get("/healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn a_body_announced_and_never_sent_ends_in_time() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers =
        format!("authorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n");
    assert_eq!(
        status(&rig, &request("POST /api/v1/orders", &headers, "{")).await,
        408
    );
    let huge = format!(
        "authorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n"
    );
    assert_eq!(
        status(&rig, &request("POST /api/v1/orders", &huge, "{")).await,
        413
    );
}

#[tokio::test]
async fn a_request_id_is_kept_only_when_it_is_sane() {
    let rig = Rig::start().await;
    let long = "x".repeat(129);
    for bad in ["", "a b", "a,b", "<script>", long.as_str()] {
        let answer = rig.client.get("/healthz", &[("x-request-id", bad)]).await;
        let id = answer.header("x-request-id").expect("an id");
        assert!(id != bad && id.len() == 36, "{id}");
    }
    let kept = rig
        .client
        .get("/healthz", &[("x-request-id", "client-1.a_b")])
        .await;
    assert_eq!(kept.header("x-request-id"), Some("client-1.a_b"));
}
