//! Requests Stripe refuses: parameters, keys, bodies, paths, versions.

use reqwest::Method;
use serde_json::json;

use crate::support::{Sandbox, send};

#[tokio::test]
async fn parameters_are_checked_before_anything_happens() {
    let sandbox = Sandbox::start().await;
    let good = [("amount", "1000"), ("currency", "krw")];
    for (fields, status, code, param) in [
        (&[("currency", "krw")][..], 400, "parameter_missing", "amount"),
        (&[("amount", "1000")], 400, "parameter_missing", "currency"),
        (
            &[("amount", "ten"), ("currency", "krw")],
            400,
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "0"), ("currency", "krw")],
            400,
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "99"), ("currency", "krw")],
            400,
            "amount_too_small",
            "amount",
        ),
        (
            &[("amount", "100000000"), ("currency", "krw")],
            400,
            "amount_too_large",
            "amount",
        ),
        (&[("amount", "1000"), ("currency", "zzz")], 400, "", "currency"),
        (
            &[good[0], good[1], ("color", "red")],
            400,
            "parameter_unknown",
            "color",
        ),
        (
            &[good[0], good[1], ("capture_method", "later")],
            400,
            "",
            "capture_method",
        ),
        (
            &[good[0], good[1], ("customer", "cus_x")],
            404,
            "resource_missing",
            "customer",
        ),
        (
            &[good[0], good[1], ("payment_method", "pm_x")],
            404,
            "resource_missing",
            "payment_method",
        ),
        (
            &[good[0], good[1], ("off_session", "true")],
            400,
            "",
            "off_session",
        ),
        (
            &[good[0], good[1], ("confirm", "true")],
            400,
            "parameter_missing",
            "payment_method",
        ),
        (
            &[good[0], good[1], ("metadata[k]", &"v".repeat(501))],
            400,
            "",
            "metadata",
        ),
        (&[good[0], good[1], ("expand[]", "wishes")], 400, "", "expand"),
        (
            &[
                good[0],
                good[1],
                ("confirm", "true"),
                ("payment_method", "pm_card_visa"),
            ],
            400,
            "",
            "return_url",
        ),
    ] {
        let answer = sandbox.tell("/v1/payment_intents", fields).await;
        assert_eq!(
            answer.error(),
            (status, "invalid_request_error", code),
            "{fields:?}"
        );
        assert_eq!(answer.body["error"]["param"], param, "{fields:?}");
    }
    assert!(sandbox.list("/v1/payment_intents").await.is_empty());
    let redirects = ("automatic_payment_methods[allow_redirects]", "never");
    let enabled = ("automatic_payment_methods[enabled]", "true");
    let fields = [
        good[0],
        good[1],
        enabled,
        redirects,
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    assert_eq!(
        sandbox.tell("/v1/payment_intents", &fields).await.ok()["status"],
        "succeeded"
    );
}

#[tokio::test]
async fn keys_bodies_and_paths_are_refused_in_stripes_shape() {
    let sandbox = Sandbox::start().await;
    let url = format!("{}/v1/payment_intents", sandbox.url);
    let basic = sandbox.client.get(&url).basic_auth("sk_test_sandbox", Some(""));
    assert_eq!(send(basic).await.status, 200);
    for request in [
        sandbox.client.get(&url),
        sandbox.client.get(&url).bearer_auth("sk_test_other"),
        sandbox.client.get(&url).basic_auth("test_sk_sandbox", Some("")),
    ] {
        assert_eq!(send(request).await.error(), (401, "invalid_request_error", ""));
    }
    let json = sandbox
        .stripe(Method::POST, "/v1/payment_intents")
        .json(&json!({"amount": 1_000}));
    assert_eq!(send(json).await.error().0, 400);
    let torn = sandbox.form("/v1/payment_intents", &[("a", "1"), ("a[b]", "2")]);
    assert_eq!(send(torn).await.error().0, 400);
    let blank = "x".repeat(1024 * 1024);
    assert_eq!(
        sandbox
            .tell("/v1/payment_intents", &[("description", &blank)])
            .await
            .error()
            .0,
        400
    );
    assert_eq!(
        sandbox.ask("/v1/nothing").await.error(),
        (404, "invalid_request_error", "")
    );
    let version = |version: &str| {
        sandbox
            .stripe(Method::GET, "/v1/payment_intents")
            .header("Stripe-Version", version)
    };
    assert_eq!(send(version("soon")).await.error().0, 400);
    let answer = version("2024-06-20").send().await.expect("an answer");
    assert_eq!(answer.headers()["stripe-version"], "2024-06-20");
    assert!(
        answer.headers()["request-id"]
            .to_str()
            .is_ok_and(|id| id.starts_with("req_"))
    );
    assert_eq!(
        sandbox.ask("/v1/payment_intents/pi_x").await.error().2,
        "resource_missing"
    );
}
