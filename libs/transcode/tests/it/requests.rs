//! Whole requests by their bindings.

use http::Method;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use xlcfi_transcode::{Input, Match, Place};

use crate::pool::API;

/// The request message as JSON by the oracle, or the violations.
fn request(method: Method, target: &str, body: &str) -> Result<Json, Vec<(Place, String, String)>> {
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    let Ok(Match::Found { route, captures }) = API.match_path(&method, path) else {
        panic!("{target} is not matched")
    };
    let input = Input {
        captures: Some(captures),
        query,
        body: body.as_bytes(),
        content_type: Some("text/plain"),
    };
    let mut out = b"frame".to_vec();
    match API.request(route, &input, &mut out) {
        Ok(()) => {
            assert!(out.starts_with(b"frame"));
            let message = DynamicMessage::decode(route.method().input(), &out[5..]).expect("a request");
            Ok(serde_json::to_value(&message).expect("JSON"))
        }
        Err(refusal) => Err(refusal
            .violations
            .into_iter()
            .map(|found| (found.place, found.field, found.message))
            .collect()),
    }
}

#[test]
fn path_query_and_body_make_the_request() {
    for (method, target, body, expected) in [
        (Method::GET, "/v1/orders/7", "", json!({"orderId": "7"})),
        (
            Method::GET,
            "/v1/orders/7?read_mask=order_id,total.units",
            "",
            json!({"orderId": "7", "readMask": "orderId,total.units"}),
        ),
        (
            Method::GET,
            "/v1/orders/7?readMask=orderId&order_id=8",
            "",
            json!({"orderId": "7", "readMask": "orderId"}),
        ),
        (
            Method::GET,
            "/v1/orders?page_size=5&pageToken=a+b%2B%26&states=1&states=STATE_CONFIRMED&versions=9007199254740993&gift=true&&",
            "",
            json!({"pageSize": 5, "pageToken": "a b+&", "states": ["STATE_PENDING", "STATE_CONFIRMED"],
                   "versions": ["9007199254740993"], "gift": true}),
        ),
        (
            Method::GET,
            "/v1/orders?created.from=2024-05-01T00:00:00Z&created.span=1.5s&created.inner.least=-3&text=&weight=-Infinity&digest=_-8",
            "",
            json!({"created": {"from": "2024-05-01T00:00:00Z", "span": "1.500s", "inner": {"least": "-3"}},
                   "text": "", "weight": "-Infinity", "digest": "/+8="}),
        ),
        (
            Method::GET,
            "/v1/orders?amount.least=1&amount.span=2s",
            "",
            json!({"amount": {"least": "1", "span": "2s"}}),
        ),
        (
            Method::POST,
            "/v1/orders",
            r#"{"order_id":"1","gift":true}"#,
            json!({"orderId": "1", "gift": true}),
        ),
        (Method::POST, "/v1/orders", "", json!({})),
        (
            Method::POST,
            "/v1/orders/7:cancel",
            r#"{"orderId":"8","readMask":"state"}"#,
            json!({"orderId": "7", "readMask": "state"}),
        ),
        (
            Method::PATCH,
            "/v1/orders/7?update_mask=gift&order.note=lost&validate_only=true",
            r#"{"orderId":"8","gift":true}"#,
            json!({"order": {"orderId": "7", "gift": true}, "updateMask": "gift", "validateOnly": true}),
        ),
        (
            Method::PATCH,
            "/v1/orders/7?order.note=kept",
            "",
            json!({"order": {"orderId": "7", "note": "kept"}}),
        ),
        (
            Method::PATCH,
            "/v1/orders/7",
            "null",
            json!({"order": {"orderId": "7"}}),
        ),
        (
            Method::POST,
            "/v1/files/a/b?version=2",
            "raw \u{1} text",
            json!({"path": "a/b", "version": 2,
            "file": {"contentType": "text/plain", "data": "cmF3IAEgdGV4dA=="}}),
        ),
        (
            Method::PUT,
            "/v1/raw",
            "hi",
            json!({"contentType": "text/plain", "data": "aGk="}),
        ),
        (
            Method::from_bytes(b"PURGE").expect("a method"),
            "/v1/files/3/2",
            "",
            json!({"version": 3, "state": "STATE_CONFIRMED"}),
        ),
    ] {
        assert_eq!(request(method, target, body), Ok(expected), "{target} {body}");
    }
}

#[test]
fn what_is_wrong_is_named_all_at_once() {
    let first = |method: Method, target: &str, body: &str| request(method, target, body).expect_err(target);
    for (target, field, message) in [
        ("/v1/orders?nonsense=1", "nonsense", "unknown parameter"),
        (
            "/v1/orders?created.nonsense=1",
            "created.nonsense",
            "unknown parameter",
        ),
        ("/v1/orders?page_size.x=1", "page_size.x", "unknown parameter"),
        ("/v1/orders?page_size=x", "page_size", "expected a number"),
        ("/v1/orders?page_size=1.5", "page_size", "expected a whole number"),
        ("/v1/orders?page_size=3000000000", "page_size", "out of range"),
        (
            "/v1/orders?page_size=1&pageSize=2",
            "pageSize",
            "given more than once",
        ),
        (
            "/v1/orders?buyer=1&amount.least=2",
            "amount.least",
            "another field of oneof by is given too",
        ),
        ("/v1/orders?gift", "gift", "expected true or false"),
        (
            "/v1/orders?states=NONE",
            "states",
            "kitchen.v1.Order.State has no value \"NONE\"",
        ),
        (
            "/v1/orders?labels=1",
            "labels",
            "a map cannot be given in the query",
        ),
        (
            "/v1/orders?created=1",
            "created",
            "an object cannot be given in the query",
        ),
        (
            "/v1/orders?created.from=now",
            "created.from",
            "expected an RFC 3339 time such as \"2024-05-01T09:30:00Z\"",
        ),
        ("/v1/orders?page_token=%q", "page_token", "bad escape \"%q\""),
    ] {
        assert_eq!(
            first(Method::GET, target, ""),
            [(Place::Query, field.to_owned(), message.to_owned())]
        );
    }
    assert_eq!(
        first(
            Method::from_bytes(b"PURGE").expect("a method"),
            "/v1/files/x/LOST?nonsense=1",
            "body"
        )
        .iter()
        .map(|(place, field, _)| (*place, field.as_str()))
        .collect::<Vec<_>>(),
        [
            (Place::Query, "nonsense"),
            (Place::Body, ""),
            (Place::Path, "version"),
            (Place::Path, "state")
        ]
    );
    assert_eq!(
        first(Method::POST, "/v1/orders?gift=true", "{}"),
        [(Place::Query, "gift".to_owned(), "unknown parameter".to_owned())]
    );
    assert_eq!(first(Method::GET, "/v1/orders", "{}").len(), 1);
}
