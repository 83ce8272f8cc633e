//! gRPC-web, binary and text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost::Message as _;
use xlcfi_contracts::order::v1::{GetOrderRequest, GetOrderResponse, WatchOrderRequest, WatchOrderResponse};
use xlcfi_testkit::user;

use crate::client::Answer;
use crate::fake::framed;
use crate::rig::{GET_ORDER, MISSING, ORDER, Rig, WATCH_ORDER, order};

const ORIGIN: (&str, &str) = ("origin", "https://xlcfi.com");

fn ask(order_id: &str) -> Bytes {
    framed(
        &GetOrderRequest {
            order_id: order_id.into(),
        }
        .encode_to_vec(),
    )
}

/// Messages, and the trailers behind them.
fn parts(mut body: &[u8]) -> (Vec<Vec<u8>>, String) {
    let mut messages = Vec::new();
    while body.len() >= 5 {
        let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]) as usize;
        let (content, rest) = body[5..].split_at(length);
        if body[0] == 0x80 {
            assert!(rest.is_empty(), "trailers are last");
            return (messages, String::from_utf8(content.to_vec()).expect("text"));
        }
        messages.push(content.to_vec());
        body = rest;
    }
    (messages, String::new())
}

/// Text in pieces that may each be padded.
fn plain(answer: &Answer) -> Vec<u8> {
    let mut all = Vec::new();
    for quad in answer.body.chunks(4) {
        all.extend(STANDARD.decode(quad).expect("base64"));
    }
    all
}

#[tokio::test]
async fn a_browser_calls_in_binary_over_both_versions_of_http() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    for content_type in [
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web+proto; charset=utf-8",
    ] {
        let headers = [
            ("content-type", content_type),
            ("x-grpc-web", "1"),
            ("authorization", &bearer),
            ORIGIN,
        ];
        let body = tonic::body::Body::new(http_body_util::Full::new(ask(ORDER)));
        for answer in [
            rig.client.send("POST", GET_ORDER, &headers, ask(ORDER)).await,
            rig.client.send_two("POST", GET_ORDER, &headers, body).await,
        ] {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-type"), Some("application/grpc-web+proto"));
            assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN.1));
            let (messages, trailers) = parts(&answer.body);
            assert_eq!(
                messages,
                [GetOrderResponse {
                    order: Some(order(ORDER))
                }
                .encode_to_vec()]
            );
            assert!(trailers.contains("grpc-status:0"), "{trailers}");
        }
    }
}

#[tokio::test]
async fn a_browser_calls_in_text_padded_anywhere() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [
        ("content-type", "application/grpc-web-text"),
        ("authorization", bearer.as_str()),
    ];
    let (whole, message) = (ask(ORDER), ask(ORDER));
    let cut = STANDARD.encode(&message[..5]) + &STANDARD.encode(&message[5..]);
    for body in [STANDARD.encode(&whole), cut] {
        let answer = rig.client.send("POST", GET_ORDER, &headers, body).await;
        assert_eq!(
            answer.header("content-type"),
            Some("application/grpc-web-text+proto")
        );
        let (messages, trailers) = parts(&plain(&answer));
        assert_eq!(messages.len(), 1);
        assert!(trailers.contains("grpc-status:0"));
    }
    for bad in ["!!!!", "AAA", "AAAAAA==="] {
        let answer = rig.client.send("POST", GET_ORDER, &headers, bad).await;
        assert_eq!(
            (answer.status.as_u16(), answer.grpc_status()),
            (200, "3"),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_stream_comes_message_by_message_with_its_status_last() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [
        ("content-type", "application/grpc-web+proto"),
        ("authorization", bearer.as_str()),
    ];
    let watch = |after_version| {
        framed(
            &WatchOrderRequest {
                order_id: ORDER.into(),
                after_version,
            }
            .encode_to_vec(),
        )
    };
    let answer = rig.client.send("POST", WATCH_ORDER, &headers, watch(0)).await;
    let (messages, trailers) = parts(&answer.body);
    let ids: Vec<String> = messages
        .iter()
        .map(|message| {
            WatchOrderResponse::decode(&message[..])
                .expect("a message")
                .order
                .expect("an order")
                .order_id
        })
        .collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert!(trailers.contains("grpc-status:0"));
    let (messages, trailers) = parts(
        &rig.client
            .send("POST", WATCH_ORDER, &headers, watch(2))
            .await
            .body,
    );
    assert_eq!(messages.len(), 1);
    assert!(trailers.contains("grpc-status:5") && trailers.contains("grpc-status-details-bin:"));
}

#[tokio::test]
async fn refusals_are_statuses_a_script_can_read() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let anonymous = [("content-type", "application/grpc-web+proto"), ORIGIN];
    let refused = rig.client.send("POST", GET_ORDER, &anonymous, ask(ORDER)).await;
    assert_eq!((refused.status.as_u16(), refused.grpc_status()), (200, "16"));
    assert_eq!(refused.grpc_reason().as_deref(), Some("TOKEN_MISSING"));
    assert!(
        refused
            .header("access-control-expose-headers")
            .is_some_and(|names| names.contains("grpc-status"))
    );
    let known = [anonymous[0], ORIGIN, ("authorization", bearer.as_str())];
    let missing = rig.client.send("POST", GET_ORDER, &known, ask(MISSING)).await;
    assert_eq!(
        (missing.grpc_status(), missing.grpc_reason().as_deref()),
        ("5", Some("ORDER_NOT_FOUND"))
    );
    let unknown = rig
        .client
        .send("POST", "/nothing.Service/Get", &known, ask(ORDER))
        .await;
    assert_eq!(
        (unknown.grpc_status(), unknown.grpc_reason().as_deref()),
        ("12", Some("METHOD_UNKNOWN"))
    );
    assert_eq!(rig.client.send("GET", GET_ORDER, &known, "").await.status, 404);
}
