//! Whole answers by their bindings, and what descriptions need of a binding.

use http::Method;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use xlcfi_transcode::{Content, Match, Route};

use crate::pool::{API, POOL, to_wire};

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

#[test]
fn debug_texts_of_recursive_contracts_end() {
    let found = API.match_path(&Method::GET, "/v1/orders");
    assert_eq!(
        format!("{found:?} {API:?}")
            .matches("GET /v1/orders of kitchen.v1.Orders.ListOrders")
            .count(),
        2
    );
    assert_eq!(
        format!("{:?}", API.routes()[0].variables()),
        "[Variable(order_id)]"
    );
    assert_eq!(
        format!("{:?}", route(Method::PATCH, "/v1/orders/7").body()),
        "Field(order)"
    );
    assert_eq!(
        format!("{:?}", API.routes()[0].query_parameters()),
        "[Parameter(readMask)]"
    );
}
