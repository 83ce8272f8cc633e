//! REST, one message at a time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::StreamBody;
use serde_json::json;
use tonic::body::Body;
use xlcfi_identity::Caller;
use xlcfi_testkit::user;

use crate::rig::{CREATE_ORDER, GET_ORDER, MISSING, ORDER, Rig};

const KEY: &str = "01890000-0000-7000-8000-00000000000a";

fn path(id: &str) -> String {
    format!("/api/v1/orders/{id}")
}

#[tokio::test]
async fn a_get_and_a_post_reach_the_service_as_the_user() {
    let rig = Rig::start().await;
    let buyer = user();
    let bearer = rig.bearer(&buyer);
    let auth = [("authorization", bearer.as_str())];
    let got = rig.client.get(&path(ORDER), &auth).await;
    assert_eq!(
        (got.status.as_u16(), got.json()),
        (200, json!({"order": {"orderId": ORDER}}))
    );
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.header("cache-control"), Some("no-store"));
    assert_eq!(rig.order.seen(GET_ORDER)[0].caller, Some(Caller::User(buyer)));

    let posted = rig
        .client
        .post(
            "/api/v1/orders",
            &auth,
            &json!({"requestId": KEY, "points": "5"}).to_string(),
        )
        .await;
    assert_eq!(
        (posted.status.as_u16(), posted.json()),
        (200, json!({"order": {"orderId": KEY}}))
    );
}

#[tokio::test]
async fn errors_have_one_shape_whoever_makes_them() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    let missing = rig.client.get(&path(MISSING), &auth).await;
    assert_eq!(
        (missing.status.as_u16(), missing.reason().as_str()),
        (404, "ORDER_NOT_FOUND")
    );
    assert_eq!(
        (&missing.json()["code"], &missing.json()["message"]),
        (&json!(5), &json!("no such order"))
    );
    assert!(!missing.text().contains("secret") && !missing.text().contains("DebugInfo"));

    for (method, path, status, reason) in [
        ("GET", "/api/v1/nothing", 404, "PATH_UNKNOWN"),
        ("GET", "/api/v2/orders", 404, "PATH_UNKNOWN"),
        ("GET", "/api//v1/orders", 404, "PATH_UNKNOWN"),
        (
            "GET",
            "/xlcfi.order.v1.OrderService/GetOrder",
            404,
            "PATH_UNKNOWN",
        ),
        ("GET", "/api/v1/orders/%GG", 400, "PATH_MALFORMED"),
        ("DELETE", "/api/v1/orders", 405, "HTTP_METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/orders?pageSize=x", 400, "REQUEST_MALFORMED"),
        ("GET", "/api/v1/orders?unknown=1", 400, "REQUEST_MALFORMED"),
    ] {
        let answer = rig.client.send(method, path, &auth, "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (status, reason),
            "{method} {path}"
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_malformed_request_names_every_field_that_is_wrong() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    let answer = rig
        .client
        .post("/api/v1/orders", &auth, r#"{"points":"many","apple":1}"#)
        .await;
    assert_eq!(answer.status, 400);
    let details = answer.json()["details"].clone();
    let bad = details
        .as_array()
        .expect("details")
        .iter()
        .find(|detail| detail.get("fieldViolations").is_some())
        .cloned();
    let fields: Vec<_> = bad.expect("a BadRequest")["fieldViolations"]
        .as_array()
        .expect("violations")
        .iter()
        .map(|violation| violation["field"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(fields, ["/points", "/apple"]);
    assert!(rig.order.seen(CREATE_ORDER).is_empty());
}

#[tokio::test]
async fn a_problem_is_told_as_one_to_whom_asks_for_it() {
    let rig = Rig::start().await;
    let accept = [("accept", "application/json, application/problem+json")];
    let answer = rig.client.get("/api/v1/nothing", &accept).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!(
        (&problem["status"], &problem["title"]),
        (&json!(404), &json!("Not Found"))
    );
    assert_eq!(problem["error"]["code"], json!(5));
}

#[tokio::test]
async fn methods_are_told_by_allow_and_head_is_a_get_without_body() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let refused = rig.client.send("PUT", "/api/v1/orders", &[], "").await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("allow")),
        (405, Some("GET, HEAD, POST, OPTIONS"))
    );
    let options = rig.client.send("OPTIONS", "/api/v1/orders", &[], "").await;
    assert_eq!(
        (options.status.as_u16(), options.header("allow")),
        (204, Some("GET, HEAD, POST, OPTIONS"))
    );
    assert_eq!(
        rig.client
            .send("OPTIONS", "/api/v1/nothing", &[], "")
            .await
            .status,
        404
    );

    let auth = [("authorization", bearer.as_str())];
    let (head, get) = (
        rig.client.send("HEAD", &path(ORDER), &auth, "").await,
        rig.client.get(&path(ORDER), &auth).await,
    );
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(
        head.header("content-length"),
        Some(get.body.len().to_string().as_str())
    );
    assert_eq!(
        rig.client.send("HEAD", &path(MISSING), &auth, "").await.status,
        404
    );
}

#[tokio::test]
async fn the_type_and_size_of_a_body_are_checked() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let body = json!({"requestId": KEY}).to_string();
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("application/vnd.api+json", 200),
        ("application/json; charset=euc-kr", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/grpc+json", 415),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", content_type)];
        let answer = rig
            .client
            .send("PUT", "/api/v1/orders/cart/lines/x", &headers, body.clone())
            .await;
        let posted = rig
            .client
            .send("POST", "/api/v1/orders", &headers, body.clone())
            .await;
        if content_type != "application/grpc+json" {
            assert_eq!(posted.status.as_u16(), status, "{content_type}");
        }
        assert!(answer.status.is_client_error());
    }
    let packed = [("authorization", bearer.as_str()), ("content-encoding", "gzip")];
    assert_eq!(
        rig.client.post("/api/v1/orders", &packed, &body).await.status,
        415
    );

    let auth = [("authorization", bearer.as_str())];
    let large = rig
        .client
        .post("/api/v1/orders", &auth, &format!("\"{}\"", "x".repeat(5 << 20)))
        .await;
    assert_eq!(
        (large.status.as_u16(), large.reason().as_str()),
        (413, "REQUEST_TOO_LARGE")
    );
    assert!(large.text().contains("4194304"));

    let stalled = futures::stream::pending::<Result<http_body::Frame<Bytes>, tonic::Status>>();
    let headers = [auth[0], ("content-type", "application/json")];
    let slow = rig
        .client
        .send_body(
            "POST",
            "/api/v1/orders",
            &headers,
            Body::new(StreamBody::new(stalled)),
        )
        .await;
    assert_eq!(
        (slow.status.as_u16(), slow.reason().as_str()),
        (408, "REQUEST_TOO_SLOW")
    );
}

#[tokio::test]
async fn an_idempotency_key_is_the_request_id() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", KEY)];
    let by_header = rig.client.post("/api/v1/orders", &headers, "{}").await;
    assert_eq!(by_header.json(), json!({"order": {"orderId": KEY}}));
    let agreed = rig
        .client
        .post("/api/v1/orders", &headers, &json!({"requestId": KEY}).to_string())
        .await;
    assert_eq!(agreed.status, 200);
    let other = rig
        .client
        .post(
            "/api/v1/orders",
            &headers,
            &json!({"requestId": ORDER}).to_string(),
        )
        .await;
    assert_eq!(
        (other.status.as_u16(), other.reason().as_str()),
        (400, "IDEMPOTENCY_KEY_INVALID")
    );
    // Where a method has no request id the header means nothing.
    assert_eq!(rig.client.get(&path(ORDER), &headers).await.status, 200);
}

#[tokio::test]
async fn what_is_cacheable_is_revalidated_by_its_etag() {
    let rig = Rig::start().await;
    for path in ["/api/v1/auth/jwks", "/.well-known/jwks.json"] {
        let first = rig.client.get(path, &[]).await;
        assert_eq!(first.status, 200);
        let tag = first.header("etag").expect("a tag").to_owned();
        let weak = format!("\"other\", W/{tag}");
        for known in [tag.as_str(), "*", weak.as_str()] {
            let again = rig.client.get(path, &[("if-none-match", known)]).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        assert_eq!(
            rig.client
                .get(path, &[("if-none-match", "\"other\"")])
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn a_client_may_give_a_call_less_time() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", bearer.as_str()), ("x-request-timeout", "0.2")];
    let begun = std::time::Instant::now();
    let answer = rig.client.get("/api/v1/orders/cart", &headers).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["code"].clone()),
        (504, json!(4))
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
}
