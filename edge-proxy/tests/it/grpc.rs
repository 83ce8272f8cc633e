//! Native gRPC.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::StreamBody;
use prost::Message as _;
use tonic::transport::Endpoint;
use tonic::{Code, Request};
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{GetCartRequest, GetOrderRequest, GetOrderResponse, WatchOrderRequest};
use xlcfi_identity::{Caller, HEADER};
use xlcfi_testkit::user;

use crate::fake::framed;
use crate::rig::{GET_CART, GET_ORDER, MISSING, ORDER, Rig, WATCH_ORDER, order};

fn ask(order_id: &str) -> Vec<u8> {
    GetOrderRequest {
        order_id: order_id.into(),
    }
    .encode_to_vec()
}

#[tokio::test]
async fn a_call_passes_with_its_bytes_untouched_and_its_user_told_inside() {
    let rig = Rig::start().await;
    let buyer = user();
    let headers = [
        ("authorization", &*rig.bearer(&buyer)),
        ("x-shop", "busan"),
        ("x-request-id", "r-1"),
        ("grpc-timeout", "2S"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    ];
    let answer = rig.client.grpc(GET_ORDER, &headers, &ask(ORDER)).await;
    assert_eq!((answer.status.as_u16(), answer.grpc_status()), (200, "0"));
    assert_eq!(
        answer.body,
        framed(
            &GetOrderResponse {
                order: Some(order(ORDER))
            }
            .encode_to_vec()
        )
    );
    assert_eq!(answer.header("content-type"), Some("application/grpc"));
    assert_eq!(answer.header("x-request-id"), Some("r-1"));
    assert!(
        answer
            .header("x-response-time")
            .is_some_and(|time| time.ends_with("ms"))
    );

    let seen = &rig.order.seen(GET_ORDER)[0];
    assert_eq!(seen.caller, Some(Caller::User(buyer)));
    assert_eq!(seen.headers["x-shop"], "busan");
    assert_eq!(seen.headers["x-request-id"], "r-1");
    assert_eq!(seen.headers["traceparent"], headers[4].1);
    assert!(!seen.headers.contains_key("authorization") && !seen.headers.contains_key(HEADER));
}

#[tokio::test]
async fn a_refusal_of_the_service_keeps_its_details_but_not_its_debug_info() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let answer = rig
        .client
        .grpc(GET_ORDER, &[("authorization", &bearer)], &ask(MISSING))
        .await;
    assert_eq!((answer.status.as_u16(), answer.grpc_status()), (200, "5"));
    assert_eq!(answer.grpc_reason().as_deref(), Some("ORDER_NOT_FOUND"));
    let watch = WatchOrderRequest {
        order_id: MISSING.into(),
        after_version: 2,
    }
    .encode_to_vec();
    let streamed = rig
        .client
        .grpc(WATCH_ORDER, &[("authorization", &bearer)], &watch)
        .await;
    assert_eq!(
        (streamed.grpc_status(), streamed.grpc_reason().as_deref()),
        ("5", Some("ORDER_NOT_FOUND"))
    );
    for headers in [&answer.headers, &streamed.trailers] {
        let status = tonic::Status::from_header_map(headers).expect("a status");
        assert!(!status.details().windows(6).any(|window| window == b"secret"));
    }
}

#[tokio::test]
async fn what_the_edge_refuses_is_a_status_and_never_a_bare_http_error() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let internal = "/xlcfi.product.v1.ProductService/BatchGetProducts";
    for (path, headers, code, reason) in [
        (
            "/xlcfi.order.v1.OrderService/Nothing",
            vec![],
            "12",
            "METHOD_UNKNOWN",
        ),
        (
            "/xlcfi.nothing.v1.NothingService/Get",
            vec![],
            "12",
            "METHOD_UNKNOWN",
        ),
        ("/", vec![], "12", "METHOD_UNKNOWN"),
        (internal, vec![], "12", "METHOD_UNKNOWN"),
        (
            internal,
            vec![("authorization", bearer.as_str())],
            "12",
            "METHOD_UNKNOWN",
        ),
        (GET_ORDER, vec![], "16", "TOKEN_MISSING"),
        (
            GET_ORDER,
            vec![("authorization", "Bearer x.y.z")],
            "16",
            "TOKEN_INVALID",
        ),
    ] {
        let answer = rig.client.grpc(path, &headers, &ask(ORDER)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            (answer.grpc_status(), answer.grpc_reason().as_deref()),
            (code, Some(reason)),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), Some("application/grpc"));
    }
}

#[tokio::test]
async fn a_generated_client_streams_through() {
    let rig = Rig::start().await;
    let channel = Endpoint::from_shared(rig.url.clone())
        .expect("a URL")
        .connect()
        .await
        .expect("a connection");
    let mut orders = OrderServiceClient::new(channel);
    let bearer = rig.bearer(&user());
    let mut request = Request::new(WatchOrderRequest {
        order_id: ORDER.into(),
        after_version: 0,
    });
    request
        .metadata_mut()
        .insert("authorization", bearer.parse().expect("a value"));
    let mut stream = orders.watch_order(request).await.expect("a stream").into_inner();
    let mut ids = Vec::new();
    while let Some(message) = stream.message().await.expect("a message") {
        ids.extend(message.order.map(|order| order.order_id));
    }
    assert_eq!(ids, ["a", "b", "c"]);

    let mut slow = Request::new(GetCartRequest {});
    slow.metadata_mut()
        .insert("authorization", bearer.parse().expect("a value"));
    slow.set_timeout(Duration::from_millis(200));
    let late = orders.get_cart(slow).await.expect_err("it hangs");
    // The client counts the same time by itself and, when it is first, says so.
    assert!(
        [Code::DeadlineExceeded, Code::Cancelled].contains(&late.code()),
        "{late:?}"
    );
}

/// Clients end a request with an empty frame; a hundred of them, passed on as
/// they are, once made the service close the connection.
#[tokio::test]
async fn one_connection_carries_many_calls() {
    let rig = Rig::start().await;
    let token = rig.bearer(&user());
    let channel = Endpoint::from_shared(rig.url.clone())
        .expect("a URL")
        .connect_lazy();
    let mut orders = OrderServiceClient::new(channel);
    for call in 0..300 {
        let mut request = Request::new(GetOrderRequest {
            order_id: ORDER.into(),
        });
        request
            .metadata_mut()
            .insert("authorization", token.parse().expect("ASCII"));
        let answer = orders.get_order(request).await;
        assert!(answer.is_ok(), "call {call}: {answer:?}");
    }
}

#[tokio::test]
async fn the_deadline_is_the_clients_at_most_the_policys() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let begun = std::time::Instant::now();
    let answer = rig
        .client
        .grpc(
            GET_CART,
            &[("authorization", &bearer), ("grpc-timeout", "150m")],
            b"",
        )
        .await;
    assert_eq!(answer.grpc_status(), "4");
    assert!(begun.elapsed() < Duration::from_secs(2));

    rig.client
        .grpc(
            GET_ORDER,
            &[("authorization", &bearer), ("grpc-timeout", "99H")],
            &ask(ORDER),
        )
        .await;
    let given = rig.order.seen(GET_ORDER)[0].headers["grpc-timeout"]
        .to_str()
        .expect("text")
        .to_owned();
    let micros: u64 = given.trim_end_matches('u').parse().expect("microseconds");
    assert!(micros <= 5_000_000, "{given}");
}

#[tokio::test]
async fn a_stream_that_breaks_or_lasts_too_long_still_ends_with_a_status() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let watch = |after_version| {
        WatchOrderRequest {
            order_id: ORDER.into(),
            after_version,
        }
        .encode_to_vec()
    };
    let headers = [("authorization", bearer.as_str()), ("grpc-timeout", "300m")];
    let broken = rig.client.grpc(WATCH_ORDER, &headers, &watch(3)).await;
    assert_eq!(
        (broken.grpc_status(), broken.grpc_reason().as_deref()),
        ("14", Some("UPSTREAM_UNAVAILABLE"))
    );
    let long = rig.client.grpc(WATCH_ORDER, &headers, &watch(4)).await;
    assert_eq!(long.grpc_status(), "4");
    assert!(!long.body.is_empty());
}

#[tokio::test]
async fn malformed_messages_are_told_and_the_connection_stays() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let headers = [("authorization", bearer.as_str())];
    let huge = [&[0, 0, 0x50, 0, 0][..], &vec![0; 5 << 20]].concat();
    for (body, code, reason) in [
        (Bytes::new(), "3", "FRAMES_MALFORMED"),
        (Bytes::from_static(b"\x07\0\0\0\0"), "3", "FRAMES_MALFORMED"),
        (Bytes::from_static(b"\0\0\0\0\x09abc"), "3", "FRAMES_MALFORMED"),
        (Bytes::from_static(b"\0\0"), "3", "FRAMES_MALFORMED"),
        (
            Bytes::from_static(b"\0\0\0\0\0\0\0\0\0\0"),
            "3",
            "FRAMES_MALFORMED",
        ),
        (Bytes::from(huge), "8", "REQUEST_TOO_LARGE"),
    ] {
        let answer = rig.client.grpc_raw(GET_ORDER, &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.grpc_status()), (200, code));
        assert_eq!(answer.grpc_reason().as_deref(), Some(reason));
    }
    let stalled = StreamBody::new(futures::stream::pending::<
        Result<http_body::Frame<Bytes>, tonic::Status>,
    >());
    let all = [
        ("content-type", "application/grpc"),
        headers[0],
        ("grpc-timeout", "200m"),
    ];
    let answer = rig
        .client
        .send_two("POST", GET_ORDER, &all, tonic::body::Body::new(stalled))
        .await;
    assert_eq!(answer.grpc_status(), "4");
}

#[tokio::test]
async fn native_grpc_over_http_1_is_refused_by_a_status() {
    let rig = Rig::start().await;
    let answer = rig
        .client
        .send(
            "POST",
            GET_ORDER,
            &[("content-type", "application/grpc")],
            framed(&ask(ORDER)),
        )
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.grpc_reason().as_deref()),
        (200, Some("HTTP2_NEEDED"))
    );
}
