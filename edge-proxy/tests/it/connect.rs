//! The Connect protocol.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use prost::Message as _;
use serde_json::{Value, json};
use xlcfi_contracts::order::v1::{GetOrderRequest, GetOrderResponse, WatchOrderRequest};
use xlcfi_testkit::user;

use crate::client::Answer;
use crate::rig::{CREATE_ORDER, GET_ORDER, MISSING, ORDER, Rig, WATCH_ORDER, order};

/// Envelopes, each with its flags.
fn envelopes(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut all = Vec::new();
    while body.len() >= 5 {
        let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]) as usize;
        let (content, rest) = body[5..].split_at(length);
        all.push((body[0], content.to_vec()));
        body = rest;
    }
    assert!(body.is_empty(), "a cut envelope");
    all
}

fn envelope(flags: u8, message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[flags][..], &length, message].concat().into()
}

fn code_and_reason(error: &Value) -> (String, String) {
    let info = error["details"]
        .as_array()
        .unwrap_or_else(|| panic!("{error}"))
        .iter()
        .find(|detail| detail["type"] == "google.rpc.ErrorInfo")
        .unwrap_or_else(|| panic!("{error}"));
    let value = STANDARD_NO_PAD
        .decode(info["value"].as_str().expect("base64"))
        .expect("base64");
    #[derive(prost::Message)]
    struct Info {
        #[prost(string, tag = "1")]
        reason: String,
    }
    let told = Info::decode(&*value).expect("an ErrorInfo").reason;
    assert_eq!(info["debug"]["reason"], told.as_str());
    (error["code"].as_str().expect("a code").to_owned(), told)
}

fn refused(answer: &Answer) -> (u16, String, String) {
    let (code, reason) = code_and_reason(&answer.json());
    (answer.status.as_u16(), code, reason)
}

fn told(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn a_call_is_answered_in_the_format_it_was_asked_in() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let authorization = ("authorization", &*bearer);
    let asked = json!({"orderId": ORDER}).to_string();
    let answer = rig.client.post(GET_ORDER, &[authorization], &asked).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json()["order"]["orderId"], ORDER);

    let wanted = GetOrderRequest {
        order_id: ORDER.into(),
    };
    let headers = [authorization, ("content-type", "application/proto")];
    let answer = rig
        .client
        .send("POST", GET_ORDER, &headers, wanted.encode_to_vec())
        .await;
    assert_eq!(answer.header("content-type"), Some("application/proto"));
    let whole = GetOrderResponse {
        order: Some(order(ORDER)),
    };
    assert_eq!(answer.body, whole.encode_to_vec());
}

#[tokio::test]
async fn what_changes_nothing_can_be_got() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", &*bearer)];
    let message = URL_SAFE_NO_PAD.encode(json!({"orderId": ORDER}).to_string());
    let path = format!("{GET_ORDER}?connect=v1&encoding=json&base64=1&message={message}");
    let answer = rig.client.get(&path, &headers).await;
    assert_eq!(answer.json()["order"]["orderId"], ORDER, "{}", answer.text());

    let unsafe_get = rig
        .client
        .get(&format!("{CREATE_ORDER}?encoding=json&message=%7B%7D"), &headers)
        .await;
    assert_eq!(
        (unsafe_get.status.as_u16(), unsafe_get.header("allow")),
        (405, Some("POST"))
    );
    let compressed = rig
        .client
        .get(
            &format!("{GET_ORDER}?encoding=json&message=%7B%7D&compression=gzip"),
            &headers,
        )
        .await;
    assert_eq!(
        refused(&compressed),
        told(501, "unimplemented", "CONNECT_UNSUPPORTED")
    );
}

#[tokio::test]
async fn refusals_have_code_reason_and_http_status() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", &*bearer)];
    let ask = async |headers: &[(&str, &str)], body: &str| {
        let answer = rig.client.post(GET_ORDER, headers, body).await;
        refused(&answer)
    };
    let missing = json!({"orderId": MISSING}).to_string();
    assert_eq!(
        ask(&headers, &missing).await,
        told(404, "not_found", "ORDER_NOT_FOUND")
    );
    assert_eq!(
        ask(&[], &missing).await,
        told(401, "unauthenticated", "TOKEN_MISSING")
    );
    for bad in ["[", "{\"orderId\": 7}", "{\"unknown\": 1}"] {
        assert_eq!(
            ask(&headers, bad).await,
            told(400, "invalid_argument", "REQUEST_MALFORMED"),
            "{bad}"
        );
    }
    let typed = [("authorization", &*bearer), ("content-type", "text/plain")];
    let answer = rig.client.send("POST", GET_ORDER, &typed, "{}").await;
    assert_eq!(
        refused(&answer),
        told(415, "invalid_argument", "CONNECT_TYPE_UNSUPPORTED")
    );
    let large = format!("{{\"orderId\": \"{}\"}}", "x".repeat(5 << 20));
    assert_eq!(
        ask(&headers, &large).await,
        told(413, "resource_exhausted", "REQUEST_TOO_LARGE")
    );
}

#[tokio::test]
async fn a_stream_is_envelopes_and_always_says_how_it_ended() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let json_type = ("content-type", "application/connect+json");
    let headers = [("authorization", &*bearer), json_type];
    let asked = envelope(0, json!({"orderId": ORDER}).to_string().as_bytes());
    let answer = rig
        .client
        .send("POST", WATCH_ORDER, &headers, asked.clone())
        .await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), Some("application/connect+json"));
    let all = envelopes(&answer.body);
    let (last, messages) = all.split_last().expect("an end");
    let ids: Vec<String> = messages
        .iter()
        .map(|(flags, message)| {
            assert_eq!(*flags, 0);
            let order: Value = serde_json::from_slice(message).expect("JSON");
            order["order"]["orderId"].as_str().expect("an id").to_owned()
        })
        .collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(last, &(2, b"{}".to_vec()));

    let proto = WatchOrderRequest {
        order_id: ORDER.into(),
        after_version: 0,
    };
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/connect+proto"),
    ];
    let answer = rig
        .client
        .send("POST", WATCH_ORDER, &headers, envelope(0, &proto.encode_to_vec()))
        .await;
    assert_eq!(envelopes(&answer.body).len(), 4);

    for (headers, body, code, reason) in [
        (&[json_type][..], asked, "unauthenticated", "TOKEN_MISSING"),
        (
            &[("authorization", &*bearer), json_type][..],
            Bytes::from_static(b"\0\0\0"),
            "invalid_argument",
            "CONNECT_MALFORMED",
        ),
    ] {
        let answer = rig.client.send("POST", WATCH_ORDER, headers, body).await;
        assert_eq!(answer.status.as_u16(), 200, "a stream ends inside itself");
        let all = envelopes(&answer.body);
        let [(2, end)] = &all[..] else {
            panic!("{all:?} is not one end")
        };
        let end: Value = serde_json::from_slice(end).expect("JSON");
        assert_eq!(
            code_and_reason(&end["error"]),
            (code.to_owned(), reason.to_owned())
        );
    }
}
