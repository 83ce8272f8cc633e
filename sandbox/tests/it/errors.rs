//! Errors of every call: keys, bodies, routes, and each documented code.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{SECRET_KEY, Sandbox, confirm_body, send};

#[tokio::test]
async fn each_documented_error_can_be_provoked_and_has_no_effect() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let known = sandbox.get("/sandbox/faults").await.ok();
    let codes = known["codes"].as_object().expect("codes");
    assert!(codes.len() > 80, "{}", codes.len());
    for (code, status) in codes {
        let request = sandbox.confirm_with(&key, "order-1", 1_000, &[("TossPayments-Test-Code", code)]);
        let answer = send(request).await;
        assert_eq!(
            (json!(answer.status), answer.code()),
            (status.clone(), code.as_str())
        );
        assert!(
            answer.body["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
        );
        assert_eq!(answer.body.as_object().map(serde_json::Map::len), Some(2));
    }
    assert_eq!(
        sandbox.confirm(&key, "order-1", 1_000).await.ok()["status"],
        "DONE"
    );
}

#[tokio::test]
async fn the_test_header_comes_before_the_payment_key_and_works_on_every_call() {
    let sandbox = Sandbox::start().await;
    for (method, path) in [
        (Method::POST, "/v1/payments/confirm"),
        (Method::POST, "/v1/payments/unknown/cancel"),
        (Method::GET, "/v1/payments/unknown"),
        (Method::GET, "/v1/payments/orders/unknown"),
        (Method::POST, "/v1/virtual-accounts"),
        (Method::POST, "/v1/billing/authorizations/issue"),
        (Method::POST, "/v1/billing/unknown"),
        (Method::DELETE, "/v1/billing/unknown"),
        (Method::GET, "/v1/transactions"),
        (Method::GET, "/v1/settlements"),
    ] {
        let provoked = sandbox
            .request(method.clone(), path)
            .header("TossPayments-Test-Code", "PROVIDER_ERROR");
        assert_eq!(send(provoked).await.refusal(), (400, "PROVIDER_ERROR"), "{path}");
        let unknown = sandbox
            .request(method.clone(), path)
            .header("TossPayments-Test-Code", "NONSENSE");
        assert_eq!(
            send(unknown).await.refusal(),
            (400, "INVALID_TEST_CODE"),
            "{path}"
        );
        let stranger = reqwest::Client::builder().no_proxy().build().expect("client");
        let stranger = stranger.request(method, format!("{}{path}", sandbox.url));
        assert_eq!(
            send(stranger).await.refusal(),
            (401, "UNAUTHORIZED_KEY"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_test_header_is_ignored_with_a_live_key() {
    let options = xlcfi_sandbox::Options {
        toss_secret_key: "live_sk_x".to_owned(),
        ..Default::default()
    };
    let sandbox = Sandbox::with(options).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("client");
    let request = client
        .get(format!("{}/v1/payments/unknown", sandbox.url))
        .basic_auth("live_sk_x", Some(""))
        .header("TossPayments-Test-Code", "PROVIDER_ERROR");
    assert_eq!(send(request).await.refusal(), (404, "NOT_FOUND_PAYMENT"));
}

#[tokio::test]
async fn the_key_must_be_encoded_with_its_colon() {
    let sandbox = Sandbox::start().await;
    let client = reqwest::Client::builder().no_proxy().build().expect("client");
    let with = |value: String| {
        let url = format!("{}/v1/payments/unknown", sandbox.url);
        send(client.get(url).header("authorization", value))
    };
    let basic = |text: &str| {
        use base64::Engine;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    assert_eq!(
        with(basic(&format!("{SECRET_KEY}:"))).await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
    assert_eq!(
        with(basic(SECRET_KEY)).await.refusal(),
        (403, "INCORRECT_BASIC_AUTH_FORMAT")
    );
    assert_eq!(
        with("Basic %%%".to_owned()).await.refusal(),
        (403, "INCORRECT_BASIC_AUTH_FORMAT")
    );
    assert_eq!(
        with(basic("test_sk_other:")).await.refusal(),
        (401, "UNAUTHORIZED_KEY")
    );
    assert_eq!(
        with(basic(&format!("{SECRET_KEY}:password"))).await.refusal(),
        (401, "UNAUTHORIZED_KEY")
    );
    assert_eq!(
        with(format!("Bearer {SECRET_KEY}")).await.refusal(),
        (401, "UNAUTHORIZED_KEY")
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let sandbox = Sandbox::start().await;
    let post = |body: Vec<u8>| send(sandbox.request(Method::POST, "/v1/payments/confirm").body(body));
    for body in [
        b"".to_vec(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        vec![0xff, 0xfe],
        vec![b' '; 70_000],
    ] {
        assert_eq!(post(body).await.refusal(), (400, "INVALID_REQUEST"));
    }
    let good = confirm_body("key", "order-1", 1_000);
    for field in ["paymentKey", "orderId", "amount"] {
        let mut body = good.clone();
        body[field] = Value::Null;
        assert_eq!(
            sandbox.post("/v1/payments/confirm", body).await.refusal(),
            (400, "INVALID_REQUEST"),
            "{field}"
        );
    }
}

#[tokio::test]
async fn an_unknown_route_answers_like_the_service() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.get("/v1/nothing").await.refusal(), (404, "NOT_FOUND"));
    assert_eq!(
        sandbox.get("/v1/virtual-accounts").await.refusal(),
        (404, "NOT_FOUND_HTTP_METHOD")
    );
}
