//! Matching, and whole requests and responses by their bindings.

use http::Method;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use xlcfi_transcode::{Content, Input, Match, Place, Route};

use crate::pool::{API, POOL, to_wire};

/// The RPC and variables a path leads to, or the status it gives.
fn led(method: Method, path: &str) -> Result<(String, Vec<(String, String)>), String> {
    match API.match_path(&method, path) {
        Ok(Match::Found { route, captures }) => {
            let values = captures
                .iter()
                .map(|(variable, text)| (variable.name().to_owned(), text.into_owned()));
            Ok((route.method().name().to_owned(), values.collect()))
        }
        Ok(Match::MethodNotAllowed { allow }) => {
            Err(allow.iter().map(Method::as_str).collect::<Vec<_>>().join(", "))
        }
        Ok(Match::NotFound) => Err("404".to_owned()),
        Err(bad) => Err(bad.to_string()),
    }
}

fn found(name: &str, values: &[(&str, &str)]) -> Result<(String, Vec<(String, String)>), String> {
    Ok((
        name.to_owned(),
        values
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
    ))
}

#[test]
fn paths_lead_to_their_binding() {
    use Method as M;
    let purge = Method::from_bytes(b"PURGE").expect("a method");
    for (method, path, expected) in [
        (M::GET, "/v1/orders/7", found("GetOrder", &[("order_id", "7")])),
        (M::HEAD, "/v1/orders/7", found("GetOrder", &[("order_id", "7")])),
        (
            M::GET,
            "/v1/orders/a%2Fb%20c",
            found("GetOrder", &[("order_id", "a/b c")]),
        ),
        (
            M::GET,
            "/v1/orders/a%252Fb",
            found("GetOrder", &[("order_id", "a%2Fb")]),
        ),
        (M::GET, "/v1/orders/special", found("SpecialOrder", &[])),
        (M::GET, "/v1/%6Frders/special", found("SpecialOrder", &[])),
        (M::GET, "/v1/orders", found("ListOrders", &[])),
        (M::GET, "/v1/orders:titles", found("ListOrders", &[])),
        (
            M::GET,
            "/v1/buyers/b%2F1%20x/orders/2",
            found("GetOrder", &[("order_id", "buyers/b%2F1 x/orders/2")]),
        ),
        (M::POST, "/v1/orders", found("CreateOrder", &[])),
        (
            M::PATCH,
            "/v1/orders/9",
            found("UpdateOrder", &[("order.order_id", "9")]),
        ),
        (
            M::PATCH,
            "/v1/orders/special",
            found("UpdateOrder", &[("order.order_id", "special")]),
        ),
        (
            M::POST,
            "/v1/orders/9:cancel",
            found("CancelOrder", &[("order_id", "9")]),
        ),
        (
            M::POST,
            "/v1/orders/a:b:cancel",
            found("CancelOrder", &[("order_id", "a:b")]),
        ),
        (
            M::GET,
            "/v1/orders/9%3Acancel",
            found("GetOrder", &[("order_id", "9:cancel")]),
        ),
        (
            M::GET,
            "/v1/orders/9:other",
            found("GetOrder", &[("order_id", "9:other")]),
        ),
        (M::GET, "/v1/orders/9:cancel", Err("POST".to_owned())),
        (
            M::POST,
            "/v1/orders/9%3Acancel",
            Err("GET, HEAD, PATCH".to_owned()),
        ),
        (
            M::POST,
            "/v1/files/a/b%2Fc/d",
            found("Upload", &[("path", "a/b%2Fc/d")]),
        ),
        (M::POST, "/v1/files", found("Upload", &[("path", "")])),
        (M::POST, "/v1/files/", found("Upload", &[("path", "")])),
        (M::POST, "/v1/files/3/1", found("Upload", &[("path", "3/1")])),
        (
            purge.clone(),
            "/v1/files/3/STATE_PENDING",
            found("Upload", &[("version", "3"), ("state", "STATE_PENDING")]),
        ),
        (M::DELETE, "/v1/anything", found("Upload", &[])),
        (M::DELETE, "/v1/orders", Err("GET, HEAD, POST".to_owned())),
        (
            M::OPTIONS,
            "/v1/orders/special",
            Err("GET, HEAD, PATCH".to_owned()),
        ),
        (M::GET, "/v1/orders/", Err("404".to_owned())),
        (M::GET, "/v1/orders/7/", Err("404".to_owned())),
        (M::GET, "//v1/orders", Err("404".to_owned())),
        (M::GET, "/", Err("404".to_owned())),
        (M::GET, "*", Err("404".to_owned())),
        (M::GET, "/v2/orders", Err("404".to_owned())),
        (M::GET, "/v1/orders/%zz", Err("bad escape \"%zz\"".to_owned())),
        (
            M::GET,
            "/v1/orders/%ff",
            Err("\"/v1/orders/%ff\" is not UTF-8 when decoded".to_owned()),
        ),
    ] {
        assert_eq!(led(method.clone(), path), expected, "{method} {path}");
    }
}

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

fn route(method: Method, path: &str) -> &'static Route {
    match API.match_path(&method, path) {
        Ok(Match::Found { route, .. }) => route,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn answers_show_what_the_binding_says() {
    let wire = to_wire(
        "kitchen.v1.ListOrdersResponse",
        r#"{"orders":[{"orderId":"1"},{}],"nextPageToken":"n"}"#,
    )
    .expect("wire");
    for (path, whole, empty) in [
        (
            "/v1/orders",
            r#"{"orders":[{"orderId":"1"},{}],"nextPageToken":"n"}"#,
            "{}",
        ),
        ("/v1/orders:titles", r#"[{"orderId":"1"},{}]"#, "[]"),
        ("/v1/orders:token", r#""n""#, r#""""#),
    ] {
        for (wire, expected) in [(&wire[..], whole), (&[], empty)] {
            let mut out = b"data: ".to_vec();
            assert_eq!(
                API.response(route(Method::GET, path), wire, &mut out),
                Ok(Content::Json)
            );
            assert_eq!(std::str::from_utf8(&out[6..]), Ok(expected), "{path}");
        }
    }
}

#[test]
fn raw_answers_keep_their_content_type() {
    let message = |name: &str, json: Json| {
        let descriptor = POOL.get_message_by_name(name).expect(name);
        DynamicMessage::deserialize(descriptor, json)
            .expect("a message")
            .encode_to_vec()
    };
    let body = json!({"contentType": "image/png", "data": "AAEC"});
    for (route, wire) in [
        (
            route(Method::PUT, "/v1/raw"),
            message("google.api.HttpBody", body.clone()),
        ),
        (
            route(Method::POST, "/v1/files/x"),
            message("kitchen.v1.UploadResponse", json!({"file": body})),
        ),
    ] {
        assert!(route.gives_raw() && route.takes_raw());
        let mut out = Vec::new();
        let content = API.response(route, &wire, &mut out);
        assert_eq!(
            content,
            Ok(Content::Raw {
                content_type: "image/png".to_owned()
            })
        );
        assert_eq!(out, [0, 1, 2]);
    }
}

#[test]
fn query_parameters_are_listed_for_descriptions() {
    let names = |route: &Route| -> Vec<String> {
        route
            .query_parameters()
            .into_iter()
            .map(|parameter| parameter.name)
            .collect()
    };
    assert_eq!(names(route(Method::GET, "/v1/orders/7")), ["readMask"]);
    assert_eq!(
        names(route(Method::PATCH, "/v1/orders/7")),
        ["updateMask", "validateOnly"]
    );
    assert_eq!(names(route(Method::POST, "/v1/orders")), [""; 0]);
    let listed = names(route(Method::GET, "/v1/orders"));
    for expected in [
        "pageSize",
        "states",
        "created.from",
        "created.least",
        "text",
        "like.orderId",
        "amount.span",
    ] {
        assert!(
            listed.iter().any(|name| name == expected),
            "{expected} is not among {listed:?}"
        );
    }
    assert!(
        !listed
            .iter()
            .any(|name| name.contains("inner") || name.contains("labels") || name.contains("items"))
    );
}
