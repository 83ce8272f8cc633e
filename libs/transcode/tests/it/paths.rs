//! From method and path to a binding.

use http::Method;
use xlcfi_transcode::Match;

use crate::pool::API;

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
        (M::PATCH, "/v1/orders/special", Err("GET, HEAD".to_owned())),
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
        (M::OPTIONS, "/v1/orders/special", Err("GET, HEAD".to_owned())),
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
